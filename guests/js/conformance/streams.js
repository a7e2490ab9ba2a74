// Streams both ways.

import { Closed } from "../tractor/tractor.js";
import { equal, failure, holds, name, thrown, withPeer } from "./expect.js";

/** Opens a context and its stream in a peer and runs `body` with them. */
async function streaming(component, function_, given, body, options) {
  await withPeer(component, (peer) => peer.withContext(name(function_), given, async (ctx) => body(ctx, await ctx.openStream(options))));
}

/** Expects the numbers below `n` and then the end. */
async function numbersBelow(n, stream, after = () => {}) {
  for (let expected = 0; expected < n; expected++) {
    equal("the next number", await stream.receive(), expected);
    await after();
  }
  equal("the end", await stream.receive(), undefined);
}

export async function pingPong(component) {
  await streaming(component, "echo", [], async (ctx, stream) => {
    for (let number = 0; number < 10; number++) {
      await stream.send(number);
      equal("the echo", await stream.receive(), number);
    }
    stream.stop();
    equal("the end", await stream.receive(), undefined);
    equal("the output", await ctx.output(), 10);
  });
}

export async function typedStream(component) {
  const body = async (ctx) => {
    equal("the first value", ctx.first, 9007199254740993n);
    const stream = await ctx.openStream();
    await stream.send({ id: ctx.first, text: "grüße" });
    equal("the note", await stream.receive(), { id: 9007199254740994n, text: "grüße" });
    await failure(stream.send("no note"), "ill-typed", "converse: what it receives");
    await stream.send({ id: 1, text: "" });
    equal("the note", await stream.receive(), { id: 2, text: "" });
    stream.stop();
    equal("the output", await ctx.output(), 2);
  };
  await withPeer(component, (peer) => peer.withContext(name("converse"), [], body));
}

export async function batches(component) {
  await streaming(component, "echo", [], async (ctx, stream) => {
    await stream.sendAll(Array(50).keys());
    stream.stop();
    await numbersBelow(50, stream);
    equal("the output", await ctx.output(), 50);
  });
}

export async function slowReceiver(component) {
  await streaming(component, "slow-sum", [1], async (ctx, stream) => {
    await stream.sendAll(Array(100).keys());
    stream.stop();
    equal("the sum", await ctx.output(), 4950);
  });
}

export async function slowSender(component) {
  const body = async (ctx, stream) => {
    await numbersBelow(100, stream, () => ctx.scope.sleep(1));
    equal("the output", await ctx.output(), null);
  };
  await streaming(component, "count-up", [100], body, { buffer: 4 });
}

export async function stop(component) {
  await streaming(component, "stop-first", [], async (ctx, stream) => {
    const received = [];
    for await (const number of stream) received.push(number);
    equal("what came before the end", received, [1, 2, 3]);
    await stream.sendAll([10, 20]);
    stream.stop();
    const late = await thrown(stream.send(30));
    holds("`closed`", late instanceof Closed, late);
    equal("the sum", await ctx.output(), 30);
  });
}

export async function bothWaysAtOnce(component) {
  await streaming(component, "echo", [], async (ctx, stream) => {
    const sends = async () => {
      for (let number = 0; number < 500; number++) await stream.send(number);
      stream.stop();
    };
    await Promise.all([sends(), numbersBelow(500, stream)]);
    equal("the output", await ctx.output(), 500);
  });
}
