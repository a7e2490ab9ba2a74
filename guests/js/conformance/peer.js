// The interface `peer`.

import { Declared, Failed, currentActor, currentScope, nursery, registrar, shield, sleep, sleepForever } from "../tractor/tractor.js";

/** Waits that were cancelled, and could clean up. */
let cancellations = 0;

/** How often `release` was called. */
let releases = 0;

/** Waits until it is cancelled, and then takes its time to count that. */
async function waitAndCleanUp() {
  try {
    await sleepForever();
  } finally {
    await shield((scope) => scope.sleep(5));
    cancellations += 1;
  }
}

async function started(ctx, first, options) {
  await ctx.started(first);
  return ctx.openStream(options);
}

export const peer = {
  add: (a, b) => a + b,
  who: () => currentActor(),
  echoIntegers: (...values) => values,
  echoFloats: (...values) => values,
  echoTexts: (...values) => values,
  echoCompounds: (...values) => values,
  echoOptions: (...values) => values,

  refuse(why) {
    if (why !== null) throw new Declared(why);
    return 7;
  },
  async fail(message) {
    throw new Error(message);
  },
  async failAfterMs(ms, message) {
    await sleep(Number(ms));
    throw new Error(message);
  },
  breakDown(message) {
    throw new Error(message);
  },

  async sleepMs(ms) {
    await sleep(Number(ms));
  },
  waitForEver: waitAndCleanUp,
  cancellations: () => cancellations,
  timeLeft: () => currentScope().timeLeftNanoseconds,

  async startAndReturn(ctx, value) {
    await ctx.started(value + 1);
    return value * 2;
  },
  async neverStart() {},
  async startAndFail(ctx, message) {
    await ctx.started();
    throw new Error(message);
  },
  async echo(ctx) {
    const stream = await started(ctx, null);
    let count = 0;
    for await (const message of stream) {
      await stream.send(message);
      count += 1;
    }
    return count;
  },
  async countUp(ctx, n) {
    const stream = await started(ctx, null);
    await stream.sendAll(Array(n).keys());
  },
  async slowSum(ctx, pauseMs) {
    const stream = await started(ctx, null, { buffer: 4 });
    let sum = 0;
    for await (const number of stream) {
      sum += number;
      await sleep(Number(pauseMs));
    }
    return sum;
  },
  async stopFirst(ctx) {
    const stream = await started(ctx, null);
    await stream.sendAll([1, 2, 3]);
    stream.stop();
    let sum = 0;
    for await (const number of stream) sum += number;
    return sum;
  },
  async converse(ctx) {
    const stream = await started(ctx, 9007199254740993n);
    const wrong = await stream.send("no note").catch((error) => error);
    if (!(wrong instanceof Failed && wrong.kind === "ill-typed" && wrong.message.includes("what it sends"))) throw new Error(`a text was sent: ${wrong}`);
    let count = 0;
    for await (const { id, text } of stream) {
      await stream.send({ id: BigInt(id) + 1n, text });
      count += 1;
    }
    return count;
  },
  async wait(ctx) {
    await ctx.started();
    await waitAndCleanUp();
  },
  async giveUp(ctx) {
    await ctx.started();
    ctx.cancel("had enough");
    await ctx.scope.checkpoint();
  },
  async spin(ctx) {
    await ctx.started();
    for (;;);
  },
  async hold(ctx, stubborn) {
    await ctx.started();
    const before = releases;
    const held = async (scope) => {
      while (releases === before) await scope.sleep(2);
    };
    await (stubborn ? shield(held) : held(ctx.scope));
  },
  release() {
    releases += 1;
  },

  async nest(component, depth, failure) {
    if (depth === 0) {
      if (failure !== null) throw new Error(failure);
      return 0;
    }
    return nursery(async (n) => {
      const spec = { component, grants: { components: [component] } };
      const child = await n.runInActor(spec, "test:conformance/peer#nest", [component, depth - 1, failure]);
      return (await child.output()) + 1;
    });
  },
  async lend(ctx, component) {
    await nursery(async (n) => {
      const lent = await n.startActor({ component, name: "lent" });
      const stream = await started(ctx, lent.actor.uuid);
      await stream.receive();
      await lent.cancel("time to go");
    });
  },

  async register(name) {
    await registrar.register(name);
  },
  async ask(name) {
    const found = await registrar.find(name);
    if (found === null) throw new Error(`there is no \`${name}\``);
    return found.call("test:conformance/peer#add", [20, 22]);
  },
};
