// One check each, thrown if it does not hold.

import {
  Cancelled,
  Closed,
  Failed,
  Failures,
  TimedOut,
  cancelScope,
  currentActor,
  currentScope,
  decodeJson,
  encodeJson,
  failAfter,
  moveOnAfter,
  nursery,
  openNursery,
  shield,
  sleep,
} from "../tractor/tractor.js";

function same(came, expected) {
  const [left, right] = [encodeJson(came), encodeJson(expected)];
  if (left !== right) throw new Error(`expected ${right}, and ${left} came`);
}

async function thrown(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

export async function languageFeatures() {
  const names = ["setTimeout", "console", "TextEncoder", "AbortController", "structuredClone", "queueMicrotask", "performance", "crypto"];
  same(names.filter((name) => globalThis[name] === undefined), []);
  same(await Promise.resolve(1).finally(() => {}), 1);
}

export function texts() {
  const text = "grüße\n🦀 \0 \u{10ffff}" + "x".repeat(10_000);
  const bytes = new TextEncoder().encode(text);
  same(new TextDecoder().decode(bytes) === text, true);
  const decoder = new TextDecoder();
  const parts = Array.from(bytes, (byte) => decoder.decode(Uint8Array.of(byte), { stream: true }));
  same(parts.join("") + decoder.decode() === text, true);
  same(new TextDecoder().decode(Uint8Array.of(0x41, 0xff, 0xe2, 0x82)), "A\ufffd\ufffd");
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.of(0xff));
    throw new Error("that is no UTF-8");
  } catch (error) {
    same(error.name, "TypeError");
  }
}

export function clones() {
  const value = { list: [1, 2n], map: new Map([["a", new Set([1])]]), date: new Date(5), bytes: Uint8Array.of(1) };
  value.self = value;
  const copy = structuredClone(value);
  same(copy.self === copy && copy !== value && copy.list !== value.list, true);
  same([copy.list, copy.map.get("a").has(1), copy.date.getTime(), copy.bytes], [[1, 2n], true, 5, [1]]);
  try {
    structuredClone(() => {});
    throw new Error("a function cannot be cloned");
  } catch (error) {
    same(error.name, "DataCloneError");
  }
}

export async function timers() {
  const seen = [];
  setTimeout((...given) => seen.push(...given), 1, "a", "b");
  clearTimeout(setTimeout(() => seen.push("cleared"), 1));
  await new Promise((resolve) => {
    let count = 0;
    const id = setInterval(() => {
      count += 1;
      if (count === 3) resolve(clearInterval(id));
    }, 1);
  });
  while (seen.length < 2) await sleep(1);
  same(seen, ["a", "b"]);
}

export async function aborting() {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")), 1);
  same((await thrown(sleep(60_000, { signal: controller.signal }))).message, "enough");
  same((await thrown(sleep(60_000, { signal: controller.signal }))).message, "enough");
  same((await thrown(sleep(60_000, { signal: AbortSignal.timeout(1) }))).name, "TimeoutError");
  same((await thrown(sleep(60_000, { timeout: 1 }))) instanceof TimedOut, true);
  same(AbortSignal.any([new AbortController().signal, AbortSignal.abort()]).aborted, true);
}

export async function scopes() {
  same(await moveOnAfter(1, (scope) => scope.sleep(60_000)), undefined);
  same(await moveOnAfter(60_000, () => "in time"), "in time");
  same((await thrown(failAfter(1, (scope) => scope.sleepForever()))) instanceof Failed, true);
  const seen = [];
  await cancelScope(async (scope) => {
    scope.signal.addEventListener("abort", () => seen.push("signal"));
    scope.cancel("why");
    try {
      await scope.sleep(1);
    } catch (error) {
      seen.push(error instanceof Cancelled, error.cancellation.message);
      await shield((inner) => inner.sleep(1), { within: scope });
      seen.push("cleaned up");
      throw error;
    }
  });
  same(seen.filter((one) => one !== "signal"), [true, "why", "cleaned up"]);
  same(seen.includes("signal"), true);
  const left = await moveOnAfter(5_000, (scope) => scope.timeLeft);
  same(left > 0 && left <= 5_000, true);
  same(currentScope().timeLeft, null);
}

export async function disposal() {
  const seen = [];
  {
    await using n = openNursery();
    seen.push((await n.startActor({ name: "left" })).actor.name);
    // Left without `close`: the actor, which serves, is cancelled.
  }
  same(seen, ["left"]);
  const error = await thrown(
    (async () => {
      await using n = openNursery();
      await n.startActor("self");
      throw new Error("out");
    })(),
  );
  same(error.message, "out");
  {
    await using n = openNursery();
    const child = await n.startActor("self");
    await child.cancel();
    await n.close();
    same((await thrown(n.startActor("self"))) instanceof Closed, true);
  }
}

export async function errors() {
  const mine = new Error("mine");
  same((await thrown(nursery(() => Promise.reject(mine)))) === mine, true);
  // And once more through another nursery: it is one failure still.
  same((await thrown(nursery(() => nursery(() => Promise.reject(mine))))) === mine, true);
  const slip = await thrown(nursery(async (n) => (await n.runInActor("self", "slip")).output()));
  same(slip.kind, "other");
  same(slip.message.startsWith("TypeError: "), true);
  same(/^at deep \(test\/main\.js:\d+:\d+\)\nat slip \(test\/main\.js:\d+:\d+\)/.test(slip.backtrace), true);
  const both = await thrown(nursery(async (n) => (await n.runInActor("self", "fail-twice")).output()));
  same([both instanceof Failures, both.errors.map((error) => error.message)], [true, ["one", "RangeError: two"]]);
  const tooBig = await thrown(nursery(async (n) => (await n.runInActor("self", "too-big")).output()));
  same([tooBig.kind, tooBig.message], ["ill-typed", "the result of `too-big` is u8, and 300 came"]);
  const late = await thrown(nursery(async (n) => (await n.runInActor("self", "late")).output()));
  same(late.message, "too late to catch");
}

export async function values() {
  const value = [18446744073709551615n, -0, NaN, Uint8Array.of(1, 2), new Map([[1, 2]]), { left: undefined }];
  same(encodeJson(value), '[18446744073709551615,-0.0,"NaN",[1,2],[[1,2]],{}]');
  same(decodeJson("[18446744073709551615,9007199254740991,-0.0]"), [18446744073709551615n, 9007199254740991, -0]);
  const pair = await nursery(async (n) => (await n.runInActor("self", "short")).output());
  same(pair, { "the-first": 4294967295, second: null });
  same((await thrown(Promise.resolve().then(() => encodeJson(() => {})))).name, "TypeError");
}

export async function starts() {
  await nursery(async (n) => {
    same((await thrown(n.startActor({ component: "self", nmae: "x" }))).message.includes("there is no `nmae`"), true);
    same((await thrown(n.startActor("nowhere"))).kind, "not-found");
    same((await thrown(n.startActor("self", { signal: AbortSignal.abort(new Error("no")) }))).message, "no");
  });
}

export async function tasks() {
  await nursery(async (n) => {
    const peer = await n.startActor("self");
    await peer.call("leaves-work");
    const [woken] = await Promise.all([peer.call("wait-for-wake"), sleep(5).then(() => peer.call("wake", ["up"]))]);
    same(woken, "up");
    await peer.call("many", [50], { timeout: 60_000 });
    await peer.cancel();
  });
}

export async function randomNumbers() {
  const drawn = new Set(Array.from({ length: 100 }, Math.random));
  same([drawn.size, [...drawn].every((number) => number >= 0 && number < 1)], [100, true]);
  same(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()), true);
  same(currentActor().pid > 0, true);
}
