// The log of the tree. The host adds the actor and the task to each line, and leaves out what its filter does not want.

import task from "tractor:actor/task@0.1.0";
import { format } from "./format.js";

const at =
  (level) =>
  (...parts) =>
    task.log(level, format(parts));

/** About every step. */
export const trace = at("trace");
/** For whoever looks for a mistake. */
export const debug = at("debug");
/** What happens, for whoever runs it. */
export const info = at("info");
/** Something is amiss; it goes on. */
export const warn = at("warn");
/** Something failed. */
export const error = at("error");
