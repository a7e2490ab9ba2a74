// Scopes of cancellation: deadlines, shields, signals, and what can be cancelled as one.

import { Cancelled, Failed, TimedOut, failureOf, fromHost } from "./errors.js";
import { currentTask } from "./task.js";

const MOST = 0xffffffffffffffffn;

/** Milliseconds as WIT has a duration. */
export function nanoseconds(time) {
  if (typeof time !== "number" || !(time >= 0)) throw new RangeError(`a time is a number of milliseconds, not ${time}`);
  const exact = time * 1e6;
  return exact >= 2 ** 64 ? MOST : BigInt(Math.round(exact));
}

const milliseconds = (time) => Number(time) / 1e6;

/** A span of work that is cancelled as one. All that waits within it is cut short then. */
export class Scope {
  #id = null;
  #signal = null;
  #watch = null;

  constructor(raw, task) {
    this.raw = task.own(raw);
    this.task = task;
  }

  /** The number by which a cancellation names this scope. */
  get id() {
    return (this.#id ??= this.raw.id());
  }

  /** The cancellation, if it is cancelled by now. */
  get cancellation() {
    return this.raw.cancellation() ?? null;
  }

  /** Milliseconds until the nearest deadline, or null. */
  get timeLeft() {
    const time = this.raw.timeLeft();
    return time === null || time === undefined ? null : milliseconds(time);
  }

  /** The same in nanoseconds, as a BigInt. */
  get timeLeftNanoseconds() {
    return this.raw.timeLeft() ?? null;
  }

  /** A signal that is aborted when the scope is cancelled. */
  get signal() {
    return (this.#signal ??= this.#watched());
  }

  #watched() {
    const controller = new AbortController();
    // Of a scope within, as that can be ended from here: a call that waits keeps what it borrows.
    const watch = this.child();
    this.#watch = watch;
    this.task.call(() => watch.raw.cancelled()).then((cancellation) => {
      const isOver = this.#watch === null;
      this.#watch = null;
      watch.end();
      if (!isOver) controller.abort(new Cancelled(cancellation));
    });
    return controller.signal;
  }

  /** Makes a scope inside this one. */
  child({ timeout, shield = false } = {}) {
    const deadline = timeout === undefined || timeout === null ? null : nanoseconds(timeout);
    return new Scope(this.raw.child({ deadline, shield }), this.task);
  }

  /** Ends a scope that `child` made. */
  end() {
    this.#unwatch();
    this.task.disown(this.raw);
  }

  #unwatch() {
    const watch = this.#watch;
    this.#watch = null;
    watch?.raw.cancel(null);
  }

  /** Cancels the scope and all in it. A second time has no effect. */
  cancel(message = null) {
    this.raw.cancel(message);
  }

  /** Waits that many milliseconds. */
  sleep(time, options) {
    return wait(options, this, (scope) => scope.raw.sleep(nanoseconds(time)));
  }

  /** Lets other tasks run, and looks whether the scope is cancelled. */
  checkpoint() {
    return wait(undefined, this, (scope) => scope.raw.checkpoint());
  }

  /** Waits until the scope is cancelled, and throws that. */
  async sleepForever() {
    throw new Cancelled(await this.task.call(() => this.raw.cancelled()));
  }
}

/** Gives the scope that options name, or else that of the handle, or of the task. */
export function scopeOf(options, fallback) {
  const within = options?.within;
  if (within === undefined || within === null) return fallback ?? currentTask().work;
  const scope = within instanceof Scope ? within : within.scope;
  if (!(scope instanceof Scope)) throw new TypeError("`within` is a scope, or what has one: a nursery, a context");
  return scope;
}

/**
 * Calls the host within the scope that the options name.
 *
 * With a `signal` or a `timeout` it is a scope of its own: so a call that is aborted ends at once, and has taken nothing.
 */
export async function wait(options, fallback, call) {
  const outer = scopeOf(options, fallback);
  if (options?.signal || options?.timeout !== undefined) return interruptible(options, outer, call);
  try {
    return await outer.task.call(() => call(outer));
  } catch (error) {
    throw fromHost(error);
  }
}

async function interruptible({ signal, timeout }, outer, call) {
  signal?.throwIfAborted();
  const scope = outer.child({ timeout });
  const abort = () => scope.cancel("aborted");
  signal?.addEventListener("abort", abort);
  try {
    return await outer.task.call(() => call(scope));
  } catch (raw) {
    const error = fromHost(raw);
    if (!(error instanceof Cancelled) || error.cancellation.scope !== scope.id) throw error;
    throw signal?.aborted ? signal.reason : new TimedOut(timeout);
  } finally {
    signal?.removeEventListener("abort", abort);
    scope.end();
  }
}

/** Runs a body in a scope, and says whether that very scope cut it short. */
async function run(scope, body) {
  try {
    return { value: await body(scope) };
  } catch (error) {
    if (error instanceof Cancelled && error.cancellation.scope === scope.id) return { cut: true };
    throw error;
  } finally {
    scope.end();
  }
}

/** Runs `body` in a scope that it may cancel. Gives undefined if that cut it short. */
export async function cancelScope(body, options) {
  return (await run(scopeOf(options).child(), body)).value;
}

/** Runs `body` for at most so many milliseconds. Gives undefined if the time was up before. */
export async function moveOnAfter(time, body, options) {
  return (await run(scopeOf(options).child({ timeout: time }), body)).value;
}

/** Runs `body` for at most so many milliseconds, and fails if the time was up before. */
export async function failAfter(time, body, options) {
  const { value, cut } = await run(scopeOf(options).child({ timeout: time }), body);
  if (cut) throw new Failed(failureOf({ tag: "other" }, `took longer than ${time} ms`));
  return value;
}

/** Runs `body` where cancellation from outside does not reach it, to clean up. The grace period goes on. */
export async function shield(body, options) {
  return (await run(scopeOf(options).child({ shield: true }), body)).value;
}

/** Waits so many milliseconds. */
export function sleep(time, options) {
  return wait(options, undefined, (scope) => scope.raw.sleep(nanoseconds(time)));
}

/** Waits until the scope is cancelled. */
export async function sleepForever(options) {
  return scopeOf(options).sleepForever();
}

/** Lets other tasks run, and looks whether the scope is cancelled. For loops that compute for long. */
export function checkpoint(options) {
  return wait(options, undefined, (scope) => scope.raw.checkpoint());
}

/** Gives the scope of the task that is running. */
export function currentScope() {
  return currentTask().scope;
}
