// Texts as bytes: QuickJS has no TextEncoder and TextDecoder.

// So many characters are joined at once: each is an argument of a call.
const CHUNK = 4096;

/** Encodes a text as UTF-8. A half of a surrogate pair becomes U+FFFD. */
export function encodeUtf8(text) {
  const length = text.length;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return encodeBeyondAscii(text.toWellFormed(), i, bytes);
    bytes[i] = code;
  }
  return bytes;
}

function encodeBeyondAscii(text, begin, ascii) {
  const bytes = new Uint8Array(begin + (text.length - begin) * 3);
  bytes.set(ascii.subarray(0, begin));
  let at = begin;
  for (let i = begin; i < text.length; i++) {
    const code = text.codePointAt(i);
    if (code > 0xffff) i += 1;
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6);
    } else {
      if (code < 0x10000) {
        bytes[at++] = 0xe0 | (code >> 12);
      } else {
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 63);
      }
      bytes[at++] = 0x80 | ((code >> 6) & 63);
    }
    bytes[at++] = 0x80 | (code & 63);
  }
  return bytes.slice(0, at);
}

/** Decodes UTF-8. What is none becomes U+FFFD, or a TypeError if `fatal`. */
export function decodeUtf8(bytes, fatal = false) {
  const parts = [];
  for (let begin = 0; begin < bytes.length; ) {
    const chunk = bytes.subarray(begin, begin + CHUNK);
    if (chunk.every((byte) => byte < 128)) {
      parts.push(String.fromCharCode.apply(null, chunk));
      begin += CHUNK;
    } else {
      begin = decodeChunk(bytes, begin, fatal, parts);
    }
  }
  return parts.length === 1 ? parts[0] : parts.join("");
}

/** Decodes about one chunk, up to the end of a character. Gives where the next one begins. */
function decodeChunk(bytes, begin, fatal, parts) {
  const codes = [];
  let at = begin;
  const end = Math.min(begin + CHUNK, bytes.length);
  while (at < end) {
    const [code, length] = character(bytes, at);
    if (code < 0 && fatal) throw new TypeError("the bytes are no UTF-8");
    codes.push(code < 0 ? 0xfffd : code);
    at += length;
  }
  parts.push(String.fromCodePoint.apply(null, codes));
  return at;
}

/** The character that begins there and how many bytes it has; -1 and how many to skip if it is none. */
function character(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return [first, 1];
  const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4) return [-1, 1];
  let code = first & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const next = bytes[at + i];
    // The first byte behind decides on overlong forms, surrogates and what is beyond Unicode.
    const least = i > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const most = i > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (next === undefined || next < least || next > most) return [-1, i];
    code = (code << 6) | (next & 63);
  }
  return [code, more + 1];
}

/** How many bytes at the end begin a character that is not whole yet. */
function unfinished(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

function asBytes(source) {
  if (source === undefined) return new Uint8Array(0);
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  return new Uint8Array(source);
}

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(text = "") {
    return encodeUtf8(String(text));
  }

  encodeInto(text, destination) {
    let read = 0;
    let written = 0;
    for (const char of String(text)) {
      const bytes = encodeUtf8(char);
      if (written + bytes.length > destination.length) break;
      destination.set(bytes, written);
      read += char.length;
      written += bytes.length;
    }
    return { read, written };
  }
}

export class TextDecoder {
  #fatal;
  #ignoreBOM;
  #rest = new Uint8Array(0);
  #begun = false;

  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) throw new RangeError(`the only encoding is utf-8, not ${label}`);
    this.#fatal = fatal;
    this.#ignoreBOM = ignoreBOM;
  }

  get encoding() {
    return "utf-8";
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  decode(source, { stream = false } = {}) {
    let bytes = asBytes(source);
    if (this.#rest.length > 0) {
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      bytes = joined;
    }
    const kept = stream ? unfinished(bytes) : 0;
    this.#rest = bytes.slice(bytes.length - kept);
    let text = decodeUtf8(bytes.subarray(0, bytes.length - kept), this.#fatal);
    if (!this.#begun && !this.#ignoreBOM && text.startsWith("\ufeff")) text = text.slice(1);
    this.#begun = stream && (this.#begun || text.length > 0);
    return text;
  }
}
