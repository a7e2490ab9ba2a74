// Random numbers. The runtime's own begin with a seed from the time when the component was built: every actor would draw the same.

import random from "wasi:random/random@0.2.12";

let state = null;

/** xoroshiro128+, seeded from the host at its first use. No use for secrets, as anywhere: `crypto` is for those. */
export function drawn() {
  state ??= new BigUint64Array([random.getRandomU64() | 1n, random.getRandomU64()]);
  const [first, second] = state;
  const mixed = first ^ second;
  state[0] = rotated(first, 24n) ^ mixed ^ (mixed << 16n);
  state[1] = rotated(mixed, 37n);
  return Number(BigInt.asUintN(64, first + second) >> 11n) / 2 ** 53;
}

function rotated(value, by) {
  return BigInt.asUintN(64, (value << by) | (value >> (64n - by)));
}

export const crypto = {
  getRandomValues(array) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    bytes.set(random.getRandomBytes(BigInt(bytes.length)));
    return array;
  },
  randomUUID() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  },
};
