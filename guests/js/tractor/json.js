// JSON as the host's table of values has it: integers of 64 bits exactly, floats that are no numbers, bytes.
//
// `JSON` itself rounds integers beyond 2^53, refuses BigInt and turns NaN into null.

// Deeper values are refused by the host too.
const MAX_DEPTH = 128;

/**
 * Writes a value. BigInt: digits. NaN and the infinities: texts. Minus zero: `-0.0`. Bytes and typed arrays, Set: arrays. Map: an object if all keys are
 * texts, else an array of pairs. Fields that are `undefined` are left out. A `toJSON` is asked. TypeError for functions, symbols and cycles.
 */
export function encode(value) {
  return write(value, 0);
}

function write(value, depth) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return writeNumber(value);
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      return value.toString();
    case "undefined":
      return "null";
    case "object":
      break;
    default:
      throw new TypeError(`a ${typeof value} cannot be sent to another actor`);
  }
  if (value === null) return "null";
  if (depth > MAX_DEPTH) throw new TypeError("a value that is nested so deeply, or contains itself, cannot be sent to another actor");
  if (Array.isArray(value)) return writeAll(value, depth);
  if (value instanceof Uint8Array) return `[${value.join()}]`;
  if (typeof value.toJSON === "function") return write(value.toJSON(), depth + 1);
  if (value instanceof Map) return writeMap(value, depth);
  if (value instanceof ArrayBuffer) return `[${new Uint8Array(value).join()}]`;
  if (value instanceof Set || ArrayBuffer.isView(value)) return writeAll([...value], depth);
  return writeFields(Object.entries(value), depth);
}

function writeNumber(value) {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0.0" : String(value);
  return `"${value}"`;
}

function writeAll(values, depth) {
  let text = "[";
  for (let i = 0; i < values.length; i++) text += (i > 0 ? "," : "") + write(values[i], depth + 1);
  return text + "]";
}

function writeMap(map, depth) {
  const entries = [...map];
  return entries.every(([key]) => typeof key === "string") ? writeFields(entries, depth) : writeAll(entries, depth);
}

function writeFields(entries, depth) {
  let text = "{";
  for (const [name, value] of entries) {
    if (value === undefined) continue;
    text += `${text.length > 1 ? "," : ""}${JSON.stringify(name)}:${write(value, depth + 1)}`;
  }
  return text + "}";
}

/** Reads a value. An integer that a Number cannot hold exactly becomes a BigInt; all others are Numbers. */
export function decode(text) {
  // Quick, and right where no integer is so long.
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const WORD = /true|false|null/y;

class Reader {
  #text;
  #at = 0;

  constructor(text) {
    this.#text = text;
  }

  value(depth) {
    if (depth > MAX_DEPTH) throw this.#wrong("nested too deeply");
    switch (this.#peek()) {
      case "{":
        return this.#object(depth);
      case "[":
        return this.#array(depth);
      case '"':
        return this.#string();
      case "t":
      case "f":
      case "n":
        return JSON.parse(this.#match(WORD)[0]);
      default:
        return this.#number();
    }
  }

  end() {
    if (this.#peek() !== undefined) throw this.#wrong("something is left over");
  }

  #object(depth) {
    const object = {};
    this.#items("}", () => {
      if (this.#peek() !== '"') throw this.#wrong("a name is missing");
      const name = this.#string();
      if (this.#peek() !== ":") throw this.#wrong("`:` is missing");
      this.#at += 1;
      const value = this.value(depth + 1);
      // A field of that name is a field, not the prototype.
      Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
    });
    return object;
  }

  #array(depth) {
    const values = [];
    this.#items("]", () => values.push(this.value(depth + 1)));
    return values;
  }

  /** Reads what stands between brackets; one has been seen. */
  #items(close, item) {
    this.#at += 1;
    if (this.#peek() === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      item();
      const next = this.#peek();
      if (next !== "," && next !== close) throw this.#wrong(`\`,\` or \`${close}\` is missing`);
      this.#at += 1;
      if (next === close) return;
    }
  }

  #string() {
    return JSON.parse(this.#match(STRING)[0]);
  }

  #number() {
    const [digits, fraction, exponent] = this.#match(NUMBER);
    const number = Number(digits);
    const isInteger = fraction === undefined && exponent === undefined;
    return isInteger && !Number.isSafeInteger(number) ? BigInt(digits) : number;
  }

  #peek() {
    this.#match(SPACE);
    return this.#text[this.#at];
  }

  #match(pattern) {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw this.#wrong("what stands there is no value");
    this.#at = pattern.lastIndex;
    return match;
  }

  #wrong(what) {
    return new SyntaxError(`JSON: ${what}, at character ${this.#at}`);
  }
}
