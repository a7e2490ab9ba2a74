// Contexts: their first value, their output, their failures.

import { sleepForever } from "../tractor/tractor.js";
import { answers, cancelled, equal, failure, name, withPeer } from "./expect.js";

export async function started(component) {
  await withPeer(component, (peer) =>
    peer.withContext(name("start-and-return"), [20], async (ctx, first) => {
      equal("the first value", first, 21);
      equal("the output", [await ctx.output(), await ctx.output()], [40, 40]);
    }),
  );
}

export async function neverStarted(component) {
  await withPeer(component, async (peer) => {
    await failure(
      peer.withContext(name("never-start"), [], () => {}),
      "misuse",
    );
  });
}

export async function contextFails(component) {
  await withPeer(component, async (peer) => {
    const outcome = peer.withContext(name("start-and-fail"), ["fell over"], (ctx) => cancelled(sleepForever({ within: ctx })));
    await failure(outcome, "other", "fell over");
    await answers(peer);
  });
}

export async function servedAtOnce(component) {
  await withPeer(component, (peer) =>
    peer.withContext(name("hold"), [false], async (ctx) => {
      await peer.call(name("release"));
      await ctx.output();
    }),
  );
}
