// What can go wrong, as Error classes, and how they cross to the host and back.
//
// 1. A failure keeps its id on its way: an error that came from the host goes back to it as it came, so that it is counted once.
// 2. An error that was thrown here, and that a nursery or a context raises again, is the same object again.
// 3. A group with one failure, beside members that were merely cancelled, is that failure.

import task from "tractor:actor/task@0.1.0";
import { decode } from "./json.js";
import { decodeUtf8 } from "./text.js";

// On errors that were thrown here: the failures that the host made of them.
const FAILURES = Symbol("failures");

/** What this package throws. */
export class TractorError extends Error {
  get name() {
    return this.constructor.name;
  }
}

/** A scope around the call was cancelled. It stays so: clean up, and let it pass. */
export class Cancelled extends TractorError {
  constructor(cancellation) {
    super(told(cancellation));
    this.cancellation = cancellation;
  }
}

/** Something failed: the function of another actor, or that actor. */
export class Failed extends TractorError {
  constructor(failure, failures = [failure]) {
    super(failure.message);
    this.failure = failure;
    this.failures = failures;
  }

  /** What kind of thing went wrong: `trap`, `returned`, `overdue`, ... */
  get kind() {
    return this.failure.kind.tag;
  }

  /** What belongs to the kind: the text of a trap, the name of a limit, a code, a signal, a cancellation. */
  get detail() {
    return this.failure.kind.val;
  }

  /** The actor in which it happened. */
  get origin() {
    return this.failure.origin;
  }

  /** Who passed it on, nearest to the origin first. */
  get path() {
    return this.failure.path;
  }

  /** The frames of the guest, if there are any. */
  get backtrace() {
    return this.failure.backtrace;
  }

  /** The error that the function declares, if it gave one. */
  get value() {
    const { value } = this.failure;
    return value === null ? undefined : decodePayload(value);
  }
}

/** Several failures. `errors` has each, those merely cancelled left out; `failures` has all. */
export class Failures extends AggregateError {
  constructor(errors, failures) {
    super(errors, errors.map((error) => error.message).join("; "));
    this.failures = failures;
  }

  get name() {
    return "Failures";
  }
}

/** The stream, context or nursery is over. */
export class Closed extends TractorError {
  constructor() {
    super("closed");
  }
}

/** What a function declares as its error: throw it with the value. */
export class Declared extends TractorError {
  constructor(value, options) {
    super("the error that the function declares", options);
    this.value = value;
  }
}

/** The time that was given with a call was up. */
export class TimedOut extends TractorError {
  constructor(time) {
    super(`took longer than ${time} ms`);
  }
}

/** Makes a failure of this actor. */
export function failureOf(kind, message, backtrace = null) {
  return { id: 0n, kind, origin: task.currentActor(), path: [], message, backtrace, value: null };
}

/** An error of this package's own: use against the rules. */
export function misuse(message) {
  return new Failed(failureOf({ tag: "misuse" }, message));
}

/** Reads what came as JSON. */
export function decodePayload({ codec, bytes }) {
  if (codec !== "json") {
    const message = `JavaScript reads JSON, and ${codec} came; whoever sent it has to say \`json\``;
    throw new Failed(failureOf({ tag: "ill-typed" }, message));
  }
  return decode(decodeUtf8(bytes));
}

/** Takes over what a call of the host threw. */
export function fromHost(error) {
  const payload = error?.payload;
  if (typeof payload !== "object" || payload === null) return error;
  if (payload.canceller !== undefined) return new Cancelled(payload);
  return fromRaw(payload);
}

/** Takes over an error of the WIT. `own`: what was thrown here and may be among it. */
export function fromRaw({ tag, val }, own) {
  if (tag === "cancelled") return new Cancelled(val);
  if (tag === "closed") return new Closed();
  const real = val.filter((failure) => failure.kind.tag !== "cancelled");
  if (real.length < 2) return restored(real[0] ?? val[0], val, own);
  return new Failures(
    real.map((failure) => restored(failure, [failure], own)),
    val,
  );
}

/** The error of a failure: `own`, if the failure was made of that. */
function restored(failure, failures, own) {
  if (own instanceof Error && !(own instanceof TractorError) && isOf(failure, own)) {
    Object.defineProperty(own, FAILURES, { value: failures, configurable: true });
    return own;
  }
  return new Failed(failure, failures);
}

function isOf(failure, error) {
  return failure.kind.tag === "other" && failure.path.length === 0 && failure.message === messageOf(error) && failure.origin.uuid === task.currentActor().uuid;
}

/** Gives an error, whatever it is, as one of the WIT. */
export function toRaw(error) {
  if (error instanceof Cancelled) return { tag: "cancelled", val: error.cancellation };
  if (error instanceof Closed) return { tag: "closed" };
  const failures = failuresOf(error);
  // A group of nothing but cancellations is one.
  return failures.length > 0 ? { tag: "failed", val: failures } : toRaw(error.errors.find((one) => one instanceof Cancelled) ?? new Closed());
}

function failuresOf(error) {
  if (error instanceof Failed || error instanceof Failures) return error.failures;
  if (error?.[FAILURES] !== undefined) return error[FAILURES];
  if (error instanceof AggregateError && error.errors.length > 0) return distinct(error.errors.flatMap(failuresOf));
  if (error instanceof SuppressedError) return distinct([error.suppressed, error.error].flatMap(failuresOf));
  if (error instanceof Cancelled || error instanceof Closed) return [];
  return [failureOf({ tag: "other" }, messageOf(error), stackOf(error))];
}

/** Each once; those that were just made have no number yet. */
function distinct(failures) {
  return failures.filter((failure, i) => failure.id === 0n || failures.findIndex((other) => other.id === failure.id) === i);
}

/** One line. */
export function messageOf(error) {
  if (!(error instanceof Error)) return `${String(error)} was thrown`;
  const message = String(error.message);
  return error.name === "Error" || error instanceof TractorError ? message || error.name : `${error.name}: ${message}`;
}

/** The frames of an error and of its causes, without those of this package; null if there are none. */
export function stackOf(error) {
  const parts = [];
  for (let one = error; one instanceof Error && parts.length < 8; one = one.cause) {
    const frames = String(one.stack ?? "")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.startsWith("at ") && !line.includes("/tractor/") && !line.includes("(native)"))
      .map((line) => line.replace("(/", "(").replace(/^at \//, "at "));
    parts.push((parts.length > 0 ? [`caused by ${one.name}: ${one.message}`, ...frames] : frames).join("\n"));
  }
  return parts.join("\n") || null;
}

/** A cancellation in words. */
export function told({ canceller, reason, message }) {
  const said = message === null || message === undefined ? "" : `: ${message}`;
  return `cancelled by ${canceller.name} (${reason})${said}`;
}
