// What was expected, and what came.

import { Cancelled, Failed, encodeJson, nursery } from "../tractor/tractor.js";

/** The full name of a function of `peer`. */
export const name = (function_) => `test:conformance/peer#${function_}`;

/** Runs `body` with a peer that serves, and cancels that at its end. */
export async function withPeer(component, body) {
  await nursery(async (n) => {
    const peer = await n.startActor({ component, name: "peer" });
    await body(peer);
    await peer.cancel();
  });
}

/** Sees that an actor still answers. */
export async function answers(peer) {
  equal("the sum", await peer.call(name("add"), [2, 3]), 5);
}

/** Expects two values to be equal: they are written as the same JSON. */
export function equal(what, came, expected) {
  if (encodeJson(came) === encodeJson(expected)) return;
  throw new Error(`${what}: expected ${encodeJson(expected)}, and ${encodeJson(came)} came`);
}

/** Expects something to hold of a value. */
export function holds(what, isSo, came) {
  if (!isSo) throw new Error(`expected ${what}, and ${came} came`);
}

/** Gives what a promise is rejected with. */
export async function thrown(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a failure, and ${encodeJson(value)} came`);
}

/** Expects one failure of this kind, with this text in its message. */
export async function failure(promise, kind, text = "") {
  const error = await thrown(promise);
  const fits = error instanceof Failed && error.kind === kind && error.message.includes(text);
  holds(`one failure ${kind} "${text}"`, fits, error);
  return error;
}

/** Expects a wait to be cancelled, and passes that on. */
export async function cancelled(promise) {
  const error = await thrown(promise);
  holds("the wait to be cancelled", error instanceof Cancelled, error);
  throw error;
}

/** Expects the context to be cancelled by someone else, with this message. */
export async function contextCancelled(promise, canceller, message) {
  const { detail } = await failure(promise, "context-cancelled");
  equal("who cancelled, and why", [detail.canceller.name, detail.message], [canceller, message]);
}
