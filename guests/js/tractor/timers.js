// Timers. Each belongs to the task that set it, and is cleared when that ends.

import { Cancelled, fromHost } from "./errors.js";
import { nanoseconds } from "./scope.js";
import { currentTask } from "./task.js";

const timers = new Map();
let last = 0;

function start(callback, time, repeat) {
  if (typeof callback !== "function") throw new TypeError("a timer calls a function");
  const task = currentTask();
  const scope = task.work.child();
  const id = ++last;
  timers.set(id, scope);
  task.track(run(task, scope, callback, Math.max(Number(time) || 0, 1), repeat).finally(() => end(id, scope)));
  return id;
}

function end(id, scope) {
  timers.delete(id);
  scope.end();
}

async function run(task, scope, callback, time, repeat) {
  try {
    do {
      await scope.raw.sleep(nanoseconds(time));
      if (scope.cancellation !== null) return;
      callback();
    } while (repeat);
  } catch (raw) {
    const error = fromHost(raw);
    // A timer that is cleared, or left by its task, ends in silence; nobody else would learn what its callback threw.
    if (!(error instanceof Cancelled)) task.fail(error);
  }
}

export function setTimeout(callback, time = 0, ...given) {
  return start(() => callback(...given), time, false);
}

export function setInterval(callback, time = 0, ...given) {
  return start(() => callback(...given), time, true);
}

/** Clears a timer of either kind; one that is over, or none, has no effect. */
export function clearTimeout(id) {
  timers.get(id)?.cancel("cleared");
}
