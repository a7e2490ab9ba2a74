// structuredClone, for values without an owner elsewhere.

import { DOMException } from "./abort.js";

/** Copies a value in depth: plain objects, arrays, Map, Set, Date, RegExp, bytes, errors and what contains itself. */
export function structuredClone(value) {
  return copy(value, new Map());
}

function copy(value, known) {
  if (typeof value === "function" || typeof value === "symbol") throw refused(value);
  if (typeof value !== "object" || value === null) return value;
  if (known.has(value)) return known.get(value);
  const simple = copySimple(value);
  if (simple !== undefined) {
    known.set(value, simple);
    return simple;
  }
  return copyParts(value, known);
}

function copySimple(value) {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (value instanceof DataView) return new DataView(value.buffer.slice(0), value.byteOffset, value.byteLength);
  if (ArrayBuffer.isView(value)) return value.slice();
  if (value instanceof Boolean || value instanceof Number || value instanceof String) return Object(value.valueOf());
  return undefined;
}

function copyParts(value, known) {
  const remember = (one) => (known.set(value, one), one);
  const part = (one) => copy(one, known);
  if (Array.isArray(value)) return assign(remember(new Array(value.length)), value, part);
  if (value instanceof Map) {
    const map = remember(new Map());
    for (const [key, entry] of value) map.set(part(key), part(entry));
    return map;
  }
  if (value instanceof Set) {
    const set = remember(new Set());
    for (const one of value) set.add(part(one));
    return set;
  }
  if (value instanceof Error) {
    const error = remember(Object.create(Object.getPrototypeOf(value)));
    for (const name of ["message", "stack", "cause"]) {
      if (Object.hasOwn(value, name)) Object.defineProperty(error, name, { value: part(value[name]), writable: true, configurable: true });
    }
    return error;
  }
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) throw refused(value);
  return assign(remember({}), value, part);
}

function assign(target, source, part) {
  for (const key of Object.keys(source)) target[key] = part(source[key]);
  return target;
}

function refused(value) {
  return new DOMException(`${String(value)} cannot be cloned`, "DataCloneError");
}
