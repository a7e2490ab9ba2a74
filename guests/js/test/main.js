// Checks of what the SDK itself does, in the runtime.
//
// ```console
// $ tractor-host run test_js.wasm
// languageFeatures
// texts
// clones
// timers
// aborting
// scopes
// disposal
// errors
// values
// starts
// tasks
// randomNumbers
// all is well
// ```

import * as checks from "./checks.js";
import { nursery, sleep } from "../tractor/tractor.js";

export async function run() {
  for (const name of ["languageFeatures", "texts", "clones", "timers", "aborting", "scopes", "disposal", "errors", "values", "starts", "tasks", "randomNumbers"]) {
    await checks[name]();
    console.log(name);
  }
  console.log("all is well");
}

function deep() {
  return undefined.field;
}

export async function slip() {
  deep();
}

export function slipWithoutRoom() {
  deep();
}

export async function failTwice() {
  throw new AggregateError([new Error("one"), new RangeError("two")], "both");
}

export function short() {
  return { "the-first": 4294967295 };
}

export async function tooBig() {
  return 300;
}

export async function late() {
  setTimeout(() => {
    throw new Error("too late to catch");
  }, 1);
  await sleep(60_000);
}

export async function leavesWork() {
  setInterval(() => {}, 1);
  sleep(60_000).catch(() => {});
}

let wakeUp;

export async function waitForWake() {
  return new Promise((resolve) => (wakeUp = resolve));
}

export async function wake(word) {
  wakeUp(word);
}

export async function many(rounds) {
  await nursery(async (n) => {
    const peer = await n.startActor("self");
    for (let round = 0; round < rounds; round++) {
      await nursery((inner) => inner.scope.sleep(0));
      await peer.portal.call("short");
    }
    await peer.cancel();
  });
}
