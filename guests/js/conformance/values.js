// Every kind of value, there and back.

import { encodeJson } from "../tractor/tractor.js";
import { equal, name, withPeer } from "./expect.js";

/** Expects each row to come back as it was. */
async function echoed(component, function_, rows) {
  await withPeer(component, async (peer) => {
    for (const row of rows) equal(`the echo of ${encodeJson(row).slice(0, 200)}`, await peer.call(name(function_), row), row);
  });
}

export async function valuesIntegers(component) {
  await echoed(component, "echo-integers", [
    [0, -128, 0, -32768, 0, -2147483648, 0, -9223372036854775808n],
    [255, 127, 65535, 32767, 4294967295, 2147483647, 18446744073709551615n, 9223372036854775807n],
    [1, -1, 256, -256, 65536, -65536, 9007199254740993n, -9007199254740993n],
  ]);
}

export async function valuesFloats(component) {
  await echoed(component, "echo-floats", [
    [0.1, 0.1],
    [-0, -0],
    [1.5, -2.25],
    [NaN, NaN],
    [Infinity, -Infinity],
    [-Infinity, Infinity],
    [3.4028235e38, 1.7976931348623157e308],
    [1e-45, 5e-324],
  ]);
}

export async function valuesTexts(component) {
  await echoed(component, "echo-texts", [
    [true, "a", ""],
    [false, "é", 'grüße\n\t"quoted" \\ /'],
    [true, "🦀", "🦀 and a NUL \0 within"],
    [false, "\u{10ffff}", "x".repeat(10_000)],
  ]);
}

export async function valuesCompounds(component) {
  await echoed(component, "echo-compounds", [
    [Uint8Array.from(Array(256).keys()), ["", "one", "zwei"], [7, "seven"], { x: -1, y: 2 }, "red", "nothing"],
    [[], [], [0, ""], { x: -2147483648, y: 2147483647 }, "dark-green", { dot: { x: 3, y: 4 } }],
    [[1], ["only"], [255, "x"], { x: 0, y: 0 }, "red", { circle: [{ x: 1, y: 1 }, 2.5] }],
  ]);
}

export async function valuesOptions(component) {
  await echoed(component, "echo-options", [
    [null, null, { ok: 7 }, { ok: null }, []],
    ["", { some: null }, { err: "no" }, { err: null }, ["bold"]],
    ["x", { some: 3 }, { ok: 0 }, { ok: null }, ["bold", "thin", "small-caps"]],
  ]);
}
