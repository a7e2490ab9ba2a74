// Values of exported functions, between the runtime's forms and ours, by WIT type.
//
// Ours are those of calls: what `call` sends and what an exported function receives look the same. A record is an object with the names of
// the WIT, a variant `"case"` or `{case: value}`, an enum its name, a result `{ok: value}` or `{err: value}`, flags an array of names, an
// option the value or null, an option within an option `{some: value}`. 64-bit integers are BigInt, bytes a Uint8Array, maps a Map.
//
// A type is a word, or an array that begins with one; the tool writes them. The runtime takes what it is given: 300 for a u8 becomes 44, a missing field ends
// the actor without a word. So what goes to it is checked here.

const INTEGERS = {
  u8: [0, 0xff],
  s8: [-0x80, 0x7f],
  u16: [0, 0xffff],
  s16: [-0x8000, 0x7fff],
  u32: [0, 0xffffffff],
  s32: [-0x80000000, 0x7fffffff],
};
const LONG = { u64: [0n, 0xffffffffffffffffn], s64: [-0x8000000000000000n, 0x7fffffffffffffffn] };
const FLOATS = { NaN, Infinity, "-Infinity": -Infinity };

/** Takes a value over from the runtime. */
export function lift(type, value) {
  // The runtime gives a u32 as an s32 of the same bits.
  if (typeof type === "string") return type === "u32" ? value >>> 0 : value;
  const [kind, ...parts] = type;
  switch (kind) {
    case "record":
      return Object.fromEntries(parts.map(([name, member, field]) => [name, lift(field, value[member])]));
    case "tuple":
      return parts.map((part, i) => lift(part, value[i]));
    case "list":
    case "array":
      return Array.from(value, (element) => lift(parts[0], element));
    case "map":
      return new Map(Array.from(value, ([key, entry]) => [lift(parts[0], key), lift(parts[1], entry)]));
    case "enum":
      return value;
    case "flags":
      return parts.filter(([, member]) => value[member]).map(([name]) => name);
    case "variant": {
      const [, payload] = parts.find(([name]) => name === value.tag);
      return payload === null ? value.tag : { [value.tag]: lift(payload, value.val) };
    }
    case "result": {
      const payload = parts[value.tag === "ok" ? 0 : 1];
      return { [value.tag]: payload === null ? null : lift(payload, value.val) };
    }
    default:
      return liftOption(parts[0], value);
  }
}

function liftOption(some, value) {
  if (some[0] === "option") return value.tag === "some" ? { some: lift(some, value.val) } : null;
  return value === null || value === undefined ? null : lift(some, value);
}

/**
 * Checks a value and gives it the runtime's form. `where` names it: `the result of \`f\``.
 *
 * TypeError if it does not fit, with the place, the type, and what is there.
 */
export function lower(type, value, where) {
  return typeof type === "string" ? lowerLeaf(type, value, where) : lowerCompound(type, value, where);
}

function lowerLeaf(type, value, where) {
  switch (type) {
    case "bool":
      if (typeof value === "boolean") return value;
      break;
    case "string":
      if (typeof value === "string") return value;
      break;
    case "char":
      if (typeof value === "string" && [...value].length === 1) return value;
      break;
    case "bytes":
      return lowerBytes(value, where);
    case "f32":
    case "f64":
      if (typeof value === "number") return value;
      if (typeof value === "string" && Object.hasOwn(FLOATS, value)) return FLOATS[value];
      break;
    case "u64":
    case "s64":
      return lowerLong(type, value, where);
    case "any":
    case "error":
    case "context":
      return value;
    default:
      return lowerInteger(type, value, where);
  }
  throw mismatch(type, value, where);
}

function lowerInteger(type, value, where) {
  const [least, most] = INTEGERS[type];
  const number = typeof value === "bigint" ? Number(value) : value;
  if (!Number.isInteger(number) || number < least || number > most) throw mismatch(type, value, where);
  // The runtime reads a u32 as an s32 of the same bits, and ends the actor at what is more.
  return type === "u32" ? number | 0 : number;
}

function lowerLong(type, value, where) {
  const isInteger = typeof value === "bigint" || Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d+$/.test(value));
  if (!isInteger) throw mismatch(type, value, where);
  const integer = BigInt(value);
  const [least, most] = LONG[type];
  if (integer < least || integer > most) throw mismatch(type, value, where);
  return integer;
}

function lowerBytes(value, where) {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!Array.isArray(value)) throw mismatch("list<u8>", value, where);
  return Uint8Array.from(value, (byte, i) => lowerInteger("u8", byte, `${where}[${i}]`));
}

function lowerCompound(type, value, where) {
  const [kind, ...parts] = type;
  switch (kind) {
    case "record":
      return lowerRecord(parts, value, where);
    case "tuple":
      if (!Array.isArray(value) || value.length !== parts.length) throw mismatch(`a tuple of ${parts.length}`, value, where);
      return parts.map((part, i) => lower(part, value[i], `${where}[${i}]`));
    case "list":
    case "array":
      return lowerList(parts, value, where);
    case "map":
      return lowerMap(parts, value, where);
    case "enum":
      if (!parts.includes(value)) throw mismatch(`one of ${parts.join(", ")}`, value, where);
      return value;
    case "flags":
      return lowerFlags(parts, value, where);
    case "variant":
      return lowerVariant(parts, value, where);
    case "result":
      return lowerResult(parts, value, where);
    default:
      return lowerOption(parts[0], value, where);
  }
}

function lowerRecord(fields, value, where) {
  if (typeof value !== "object" || value === null) throw mismatch("a record", value, where);
  const unknown = Object.keys(value).find((key) => !fields.some(([name, member]) => key === name || key === member));
  if (unknown !== undefined) throw new TypeError(`${where}: the type has no field \`${unknown}\``);
  const lowered = {};
  for (const [name, member, type] of fields) {
    const field = value[name] ?? value[member];
    if (field === undefined && type[0] !== "option") throw new TypeError(`${where}: the field \`${name}\` is missing`);
    lowered[member] = lower(type, field ?? null, `${where}.${name}`);
  }
  return lowered;
}

function lowerList([element, length], value, where) {
  const values = Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Set ? Array.from(value) : null;
  if (values === null || (length !== undefined && values.length !== length)) throw mismatch(length === undefined ? "a list" : `a list of ${length}`, value, where);
  return values.map((one, i) => lower(element, one, `${where}[${i}]`));
}

function lowerMap([keyType, type], value, where) {
  if (typeof value !== "object" || value === null) throw mismatch("a map", value, where);
  const entries = value instanceof Map || Array.isArray(value) ? [...value] : Object.entries(value);
  return new Map(entries.map(([key, entry]) => [lower(keyType, key, `${where}: a key`), lower(type, entry, `${where}[${describe(key)}]`)]));
}

function lowerFlags(flags, value, where) {
  const set = Array.isArray(value) || value instanceof Set ? [...value] : null;
  if (set === null) throw mismatch("an array of flags", value, where);
  const unknown = set.find((one) => !flags.some(([name]) => name === one));
  if (unknown !== undefined) throw mismatch(`one of ${flags.map(([name]) => name).join(", ")}`, unknown, where);
  return Object.fromEntries(flags.map(([name, member]) => [member, set.includes(name)]));
}

function lowerVariant(cases, value, where) {
  const keys = typeof value === "string" ? [value] : typeof value === "object" && value !== null ? Object.keys(value) : [];
  const found = keys.length === 1 && cases.find(([name]) => name === keys[0]);
  if (!found) throw mismatch(`one of ${cases.map(([name]) => name).join(", ")}`, value, where);
  const [tag, payload] = found;
  if (payload === null) {
    if (typeof value !== "string") throw new TypeError(`${where}: the case \`${tag}\` has no value`);
    return { tag };
  }
  if (typeof value === "string") throw new TypeError(`${where}: the case \`${tag}\` needs a value`);
  return { tag, val: lower(payload, value[tag], `${where}.${tag}`) };
}

function lowerResult([ok, err], value, where) {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  if (keys.length !== 1 || (keys[0] !== "ok" && keys[0] !== "err")) throw mismatch("{ok: ..} or {err: ..}", value, where);
  const [tag] = keys;
  const type = tag === "ok" ? ok : err;
  return type === null ? { tag } : { tag, val: lower(type, value[tag], `${where}.${tag}`) };
}

function lowerOption(some, value, where) {
  const isNone = value === null || value === undefined;
  if (some[0] !== "option") return isNone ? null : lower(some, value, where);
  if (isNone) return { tag: "none" };
  if (typeof value !== "object" || !Object.hasOwn(value, "some")) throw mismatch("null or {some: ..}", value, where);
  return { tag: "some", val: lower(some, value.some, `${where}.some`) };
}

function mismatch(type, value, where) {
  return new TypeError(`${where} is ${type}, and ${describe(value)} came`);
}

/** A value in few characters. */
export function describe(value) {
  let text;
  if (typeof value === "string") text = JSON.stringify(value);
  else if (typeof value === "bigint") text = `${value}n`;
  else if (typeof value === "function") text = `the function ${value.name || "without a name"}`;
  else if (typeof value === "object" && value !== null) text = `${value.constructor?.name ?? "an object"} ${shortJson(value)}`;
  else text = String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function shortJson(value) {
  try {
    return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
  } catch {
    return "";
  }
}
