#!/usr/bin/env python3
"""Python's multiprocessing, as `cargo xtask bench` sets it beside ours. See README.md.

    multiprocessing_pool.py SPAWNS CALLS SMALL LARGE

prints one line of JSON: milliseconds to a pool of one worker and its first answer, microseconds of a call, messages of 64 B and of 64 KiB
a second through a pipe, and the worker's memory (PSS) in MB.
"""

import json
import multiprocessing
import statistics
import sys
import time

# A fresh interpreter, as each of our workers is a fresh process. A fork takes over whatever the parent has, threads' locks included.
METHOD = "spawn"

WARM_UP = 100


def noop():
    """What is called."""


def pss_mb():
    """What the process that runs this holds, its part of shared pages included."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as sums:
        line = next(line for line in sums if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024 / 1e6


def pour(pipe, count, size):
    """Sends so many messages."""
    message = bytes(size)
    for _ in range(count):
        pipe.send(message)
    pipe.close()


def spawn_ms(context):
    """From asking for a worker to its first answer."""
    begun = time.perf_counter()
    with context.Pool(1) as pool:
        pool.apply(noop)
        return (time.perf_counter() - begun) * 1e3


def call_us(pool, calls):
    """A call there and back, the median."""
    times = []
    for call in range(WARM_UP + calls):
        begun = time.perf_counter()
        pool.apply(noop)
        if call >= WARM_UP:
            times.append((time.perf_counter() - begun) * 1e6)
    return statistics.median(times)


def messages_per_s(context, count, size):
    """From the first message to the last, at the receiver."""
    ours, theirs = context.Pipe(duplex=False)
    sender = context.Process(target=pour, args=(theirs, count, size))
    sender.start()
    theirs.close()
    ours.recv()
    begun = time.perf_counter()
    for _ in range(count - 1):
        ours.recv()
    took = time.perf_counter() - begun
    sender.join()
    return (count - 1) / took


def main():
    """Measures, and prints."""
    spawns, calls, small, large = (int(argument) for argument in sys.argv[1:5])
    context = multiprocessing.get_context(METHOD)
    found = {"spawn_ms": statistics.median(spawn_ms(context) for _ in range(spawns))}
    with context.Pool(1) as pool:
        found["call_us"] = call_us(pool, calls)
        found["memory_mb"] = pool.apply(pss_mb)
    found["small_per_s"] = messages_per_s(context, small, 64)
    found["large_per_s"] = messages_per_s(context, large, 64 << 10)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
