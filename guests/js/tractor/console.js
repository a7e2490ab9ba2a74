// `console`, to standard output and error as everywhere. The tree's log is in `log.js`.

import { format } from "./format.js";
import { writeError, writeOut } from "./output.js";

const counts = new Map();
const timers = new Map();
let indent = "";

const to =
  (write) =>
  (...parts) =>
    write(`${indent}${format(parts).replaceAll("\n", `\n${indent}`)}\n`);

const log = to(writeOut);
const error = to(writeError);

export const console = {
  log,
  info: log,
  debug: log,
  dir: (value) => log(value),
  warn: error,
  error,
  trace: (...parts) => error(`Trace: ${format(parts)}\n${new Error().stack}`),
  assert(condition, ...parts) {
    if (!condition) error(parts.length > 0 ? `Assertion failed: ${format(parts)}` : "Assertion failed");
  },
  group(...parts) {
    if (parts.length > 0) log(...parts);
    indent += "  ";
  },
  groupEnd() {
    indent = indent.slice(2);
  },
  count(label = "default") {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    log(`${label}: ${counts.get(label)}`);
  },
  time(label = "default") {
    timers.set(label, performance.now());
  },
  timeEnd(label = "default") {
    log(`${label}: ${(performance.now() - timers.get(label)).toFixed(3)} ms`);
    timers.delete(label);
  },
};
