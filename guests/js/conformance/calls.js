// Calls, and how they fail.

import { Failed, moveOnAfter, nursery } from "../tractor/tractor.js";
import { answers, equal, failure, holds, name, thrown, withPeer } from "./expect.js";

export async function calls(component) {
  await withPeer(component, async (peer) => {
    await answers(peer);
    const who = await peer.call(name("who"));
    equal("who it is", [who.uuid, who.name], [peer.actor.uuid, "peer"]);
  });
}

export async function badCalls(component) {
  await withPeer(component, async (peer) => {
    await failure(peer.call(name("no-such")), "not-found", "no-such");
    await failure(peer.call(name("add"), ["two", 3]), "ill-typed", "add");
    // Numbers beyond 2^53, and what a record does not have, are told and not rounded or dropped.
    await failure(peer.call(name("add"), [2n ** 53n + 1n, 3]), "ill-typed", "9007199254740993 is out of its range");
    const compounds = (point) => peer.call(name("echo-compounds"), [[], [], [0, ""], point, "red", "nothing"]);
    await failure(compounds({ x: 1, y: 2, z: 3 }), "ill-typed", "`z` is none of its fields");
    await failure(compounds({ x: 1 }), "ill-typed", "field `y` is missing");
    await answers(peer);
  });
}

export async function declaredErrors(component) {
  await withPeer(component, async (peer) => {
    equal("nothing refused", await peer.call(name("refuse"), [null]), 7);
    for (const why of [{ "too-big": 70000 }, { at: { x: -1, y: 2 } }, "closed"]) {
      const { value } = await failure(peer.call(name("refuse"), [why]), "returned");
      equal("the declared error", value, why);
    }
  });
}

export async function failures(component) {
  await withPeer(component, async (peer) => {
    const { origin } = await failure(peer.call(name("fail"), ["no luck"]), "other", "no luck");
    equal("its origin", origin.name, "peer");
    await answers(peer);
  });
}

export async function callsAtOnce(component) {
  await withPeer(component, async (peer) => {
    const sleeps = Array.from({ length: 10 }, () => peer.call(name("sleep-ms"), [20]));
    await Promise.all([...sleeps, answers(peer)]);
  });
}

export async function timeLeft(component) {
  await withPeer(component, async (peer) => {
    equal("no deadline", await peer.call(name("time-left")), null);
    const left = await moveOnAfter(60_000, (scope) => peer.call(name("time-left"), [], { within: scope }));
    holds("at most 60 s", left > 0 && left <= 60_000_000_000, left);
  });
}

export async function breaksDown(component) {
  let inCall;
  const outcome = nursery(async (n) => {
    const peer = await n.startActor({ component, name: "peer" });
    inCall = await thrown(peer.call(name("break-down"), ["the end"]));
    throw inCall;
  });
  const raised = await failure(outcome, "trap");
  const says = `${raised.message}\n${raised.backtrace}`;
  holds("the peer's own words", says.includes("the end"), says);
  holds("the failure of the call", inCall instanceof Failed && inCall.failure.id === raised.failure.id, inCall);
}
