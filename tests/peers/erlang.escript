#!/usr/bin/env escript
%% Erlang's nodes, as `cargo xtask bench` sets them beside ours. See README.md.
%%
%%     erlang.escript SPAWNS CALLS SMALL LARGE
%%
%% prints one line of JSON: milliseconds to a node and its first answer, microseconds of a call between two nodes, messages of 64 B and of
%% 64 KiB a second from node to node, and a node's memory (PSS) in MB.
%%
%% The nodes talk over TCP on the loopback, as distributed Erlang does. Their port is told to them, so there is no epmd, which would stay
%% behind. This program itself is no node: it starts two of them, and has the first measure.

-module(tractor_peer).
-mode(compile).
-export([main/1, noop/0, call_us/2, per_second/3, pour/3]).

-define(WARM_UP, 100).
-define(MINUTES, 120000).

main(Arguments) ->
    [Spawns, Calls, Small, Large] = [list_to_integer(A) || A <- Arguments],
    SpawnMs = median([spawn_ms() || _ <- lists:seq(1, Spawns)]),
    Port = free_port(),
    {First, _} = with_code(start(Port, ["-dist_listen", "false"])),
    {Second, Node} = with_code(start(Port, [])),
    Measure = fun(Function, Rest) ->
        peer:call(First, ?MODULE, Function, [Node | Rest], ?MINUTES)
    end,
    CallUs = Measure(call_us, [Calls]),
    MemoryMb = pss_mb(peer:call(Second, os, getpid, [])),
    SmallRate = Measure(per_second, [Small, 64]),
    LargeRate = Measure(per_second, [Large, 65536]),
    peer:stop(First),
    peer:stop(Second),
    io:format(
        "{\"spawn_ms\":~.3f,\"call_us\":~.3f,\"small_per_s\":~.1f,\"large_per_s\":~.1f,\"memory_mb\":~.3f}~n",
        [SpawnMs, CallUs, SmallRate, LargeRate, MemoryMb]
    ).

%% Starts a node of its own; it listens on the port unless it is told otherwise, and finds others there.
start(Port, Arguments) ->
    Epmd = ["-start_epmd", "false", "-erl_epmd_port", integer_to_list(Port)],
    Loopback = ["-kernel", "inet_dist_use_interface", "{127,0,0,1}"],
    Cookie = ["-setcookie", "tractor_bench_" ++ os:getpid()],
    {ok, Peer, Node} = peer:start(#{
        name => peer:random_name(),
        host => "127.0.0.1",
        longnames => true,
        connection => standard_io,
        wait_boot => ?MINUTES,
        args => Epmd ++ Loopback ++ Cookie ++ Arguments
    }),
    {Peer, Node}.

%% Loads this module there.
with_code({Peer, Node}) ->
    {ok, Sections} = escript:extract(escript:script_name(), [compile_source]),
    {source, Code} = lists:keyfind(source, 1, Sections),
    {module, ?MODULE} = peer:call(Peer, code, load_binary, [?MODULE, "erlang.escript", Code]),
    {Peer, Node}.

%% From asking for a node to its first answer.
spawn_ms() ->
    Port = free_port(),
    Begun = erlang:monotonic_time(),
    {Peer, Node} = start(Port, []),
    Node = peer:call(Peer, erlang, node, []),
    Took = microseconds(Begun) / 1000,
    peer:stop(Peer),
    Took.

%% On the first node: a call of the second, there and back, the median.
call_us(Node, Calls) ->
    [call(Node) || _ <- lists:seq(1, ?WARM_UP)],
    median([call(Node) || _ <- lists:seq(1, Calls)]).

call(Node) ->
    Begun = erlang:monotonic_time(),
    ok = erpc:call(Node, ?MODULE, noop, []),
    microseconds(Begun).

noop() -> ok.

%% On the first node, which receives: from the first message to the last.
per_second(Node, Count, Bytes) ->
    spawn_link(Node, ?MODULE, pour, [self(), Count, Bytes]),
    receive {message, _} -> ok end,
    Begun = erlang:monotonic_time(),
    drain(Count - 1),
    (Count - 1) * 1.0e6 / microseconds(Begun).

drain(0) -> ok;
drain(Count) -> receive {message, _} -> drain(Count - 1) end.

pour(To, Count, Bytes) ->
    Message = {message, binary:copy(<<7>>, Bytes)},
    [To ! Message || _ <- lists:seq(1, Count)],
    ok.

%% What a process holds, its part of shared pages included.
pss_mb(Pid) ->
    {ok, Sums} = file:read_file("/proc/" ++ Pid ++ "/smaps_rollup"),
    {match, [Kibibytes]} = re:run(Sums, "\nPss: +([0-9]+) kB", [{capture, all_but_first, list}]),
    list_to_integer(Kibibytes) * 1024 / 1.0e6.

free_port() ->
    {ok, Socket} = gen_tcp:listen(0, [{ip, {127, 0, 0, 1}}]),
    {ok, Port} = inet:port(Socket),
    ok = gen_tcp:close(Socket),
    Port.

microseconds(Begun) ->
    erlang:convert_time_unit(erlang:monotonic_time() - Begun, native, nanosecond) / 1000.

median(Numbers) ->
    lists:nth(length(Numbers) div 2 + 1, lists:sort(Numbers)).
