// Standard output and error, by WASI.

import cliStderr from "wasi:cli/stderr@0.2.12";
import cliStdout from "wasi:cli/stdout@0.2.12";
import { encodeUtf8 } from "./text.js";

// WASI takes no more at once.
const MOST = 4096;

const opened = new Map();

function write(open, text) {
  if (!opened.has(open)) opened.set(open, open());
  const stream = opened.get(open);
  const bytes = encodeUtf8(text);
  for (let begin = 0; begin < bytes.length; begin += MOST) {
    stream.blockingWriteAndFlush(bytes.subarray(begin, begin + MOST));
  }
}

/** Writes to standard output, as it is: no line break is added. */
export function writeOut(text) {
  write(cliStdout.getStdout, text);
}

/** Writes to standard error. */
export function writeError(text) {
  write(cliStderr.getStderr, text);
}
