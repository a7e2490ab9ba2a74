/**
 * Actors for tractor-host in JavaScript.
 *
 * An actor is one process that runs one component; its functions are what the component exports. Whoever starts an actor owns it through a
 * {@link nursery}, which does not close until the process is gone.
 *
 * ```js
 * import { nursery } from "./tractor/tractor.js";
 *
 * export async function run(args) {
 *   const sum = await nursery(async (n) => {
 *     const child = await n.runInActor("self", "add", [1, 2]); // its own process
 *     return child.output();
 *   });
 *   console.log(sum);
 * }
 *
 * export function add(a, b) {
 *   return a + b;
 * }
 * ```
 *
 * **Scopes.** Each call that waits does so within a scope, and throws {@link Cancelled} once that is cancelled. A handle waits in the scope that it came
 * from: a child in its nursery's, a context and its stream in the context's. What has no handle ({@link sleep}, {@link nursery}, the registrar) waits in
 * that of the task. To wait in another one say so: `{ within: scope }`. (JavaScript has no variables that belong to a task, so there is no ambient scope.)
 *
 * **Tasks.** Each call of an exported function is a task; it ends with its function. What is still under way then, calls and timers, is cancelled and waited
 * for. Modules are evaluated when the component is built: at their top level there is no task, and nothing of the host.
 *
 * **Values** of calls, messages and exported functions look the same: a record is an object with the names of the WIT, a variant `"case"` or `{ case: value }`,
 * an enum its name, a result `{ ok: value }` or `{ err: value }`, flags an array of names, an option the value or null, an option within an option
 * `{ some: value }`. An exported function gets and may give BigInt for 64-bit integers, Uint8Array for bytes, Map for maps, and any number for floats. Values
 * that come from others are read without their type: an integer that a number cannot hold exactly is a BigInt, bytes are an array of numbers, and a float that is
 * no number is the text `"NaN"`, `"Infinity"` or `"-Infinity"`.
 */

/** A JSON-like value; what is sent may also hold BigInt, bytes, typed arrays, Map and Set. */
export type Value = unknown;

/** Milliseconds; fractions count. */
export type Milliseconds = number;

/** One incarnation of an actor. */
export interface ActorId {
  /** The name its owner gave it. Not unique. */
  name: string;
  /** 32 hex digits, unique among all actors. */
  uuid: string;
  /** The process id of its worker. */
  pid: number;
}

/** Who cancelled what, and why. */
export interface Cancellation {
  /** The scope that was cancelled: compare it with {@link Scope.id}. */
  scope: bigint;
  canceller: ActorId;
  reason: "requested" | "deadline" | "sibling-failed" | "owner-ended" | "connection-lost" | "shutdown";
  /** What the canceller said. */
  message: string | null;
}

/** What kind of thing went wrong. */
export type FailureKind =
  | "returned"
  | "trap"
  | "limit"
  | "exit"
  | "killed"
  | "overdue"
  | "cancelled"
  | "context-cancelled"
  | "restarted"
  | "misuse"
  | "not-found"
  | "ill-typed"
  | "denied"
  | "protocol-violation"
  | "connection-lost"
  | "overrun"
  | "other";

/** What went wrong, as data. */
export interface Failure {
  /** The same failure has the same id wherever it is met. */
  id: bigint;
  kind: { tag: FailureKind; val?: string | number | Cancellation };
  origin: ActorId;
  path: ActorId[];
  message: string;
  backtrace: string | null;
}

/** What this package throws. */
export class TractorError extends Error {}

/** A scope around the call was cancelled. It stays so: clean up, within {@link shield} if that has to wait, and let it pass. */
export class Cancelled extends TractorError {
  readonly cancellation: Cancellation;
}

/** Something failed: the function of another actor, or that actor. */
export class Failed extends TractorError {
  readonly failure: Failure;
  /** The failure, and members of its group that were cancelled on account of it. */
  readonly failures: Failure[];
  readonly kind: FailureKind;
  /** What belongs to the kind: the text of a trap, the name of a limit, an exit code, a signal, a cancellation. */
  readonly detail: any;
  readonly origin: ActorId;
  /** Who passed it on, nearest to the origin first. */
  readonly path: ActorId[];
  /** The frames of the guest. */
  readonly backtrace: string | null;
  /** The error that the function declares, if it gave one. */
  readonly value: any;
}

/** Several failures: `errors` has each, `failures` also those that were merely cancelled. */
export class Failures extends AggregateError {
  readonly failures: Failure[];
}

/** The stream, context or nursery is over. */
export class Closed extends TractorError {}

/** The time that was given with a call was up. */
export class TimedOut extends TractorError {}

/** What a function declares as its error, the `e` of `result<t, e>`: throw it with the value. */
export class Declared extends TractorError {
  constructor(value: Value, options?: { cause?: unknown });
  readonly value: Value;
}

/** Where and how long a call waits. */
export interface WaitOptions {
  /** The scope to wait in: a scope, or what has one. */
  within?: Scope | { scope: Scope };
  /** Aborted, the call ends at once, has taken nothing, and throws the signal's reason. */
  signal?: AbortSignal;
  /** After so long the call ends, has taken nothing, and throws {@link TimedOut}. */
  timeout?: Milliseconds;
}

/** A span of work that is cancelled as one. */
export class Scope {
  /** The number by which a cancellation names this scope. */
  readonly id: bigint;
  /** The cancellation, if it is cancelled by now. */
  readonly cancellation: Cancellation | null;
  /** Until the nearest deadline, or null. In a cancelled task the end of its grace period counts as one. */
  readonly timeLeft: Milliseconds | null;
  /** The same in nanoseconds. */
  readonly timeLeftNanoseconds: bigint | null;
  /** Aborted when the scope is cancelled, with {@link Cancelled} as its reason. */
  readonly signal: AbortSignal;
  /** Cancels the scope and all in it. Returns at once; a second time has no effect. */
  cancel(message?: string): void;
  /** Waits that long. */
  sleep(time: Milliseconds, options?: WaitOptions): Promise<void>;
  /** Lets other tasks run, and throws if the scope is cancelled. */
  checkpoint(): Promise<void>;
  /** Waits until the scope is cancelled, and throws that. */
  sleepForever(): Promise<never>;
}

/** Gives the scope of the task that is running; to cancel it ends the task. */
export function currentScope(): Scope;

/** Waits that long. */
export function sleep(time: Milliseconds, options?: WaitOptions): Promise<void>;

/** Waits until the scope is cancelled, and throws that. */
export function sleepForever(options?: Pick<WaitOptions, "within">): Promise<never>;

/** Lets other tasks of the actor run, and throws if the scope is cancelled. For loops that compute for long. */
export function checkpoint(options?: WaitOptions): Promise<void>;

/** Runs `body` in a scope that it may cancel. Gives undefined if that cut it short. */
export function cancelScope<T>(body: (scope: Scope) => T | Promise<T>, options?: Pick<WaitOptions, "within">): Promise<T | undefined>;

/** Runs `body` for at most this time. Gives undefined if the time was up before: what waits within the scope is cut short then. */
export function moveOnAfter<T>(time: Milliseconds, body: (scope: Scope) => T | Promise<T>, options?: Pick<WaitOptions, "within">): Promise<T | undefined>;

/** Runs `body` for at most this time, and throws a failure if the time was up before. */
export function failAfter<T>(time: Milliseconds, body: (scope: Scope) => T | Promise<T>, options?: Pick<WaitOptions, "within">): Promise<T>;

/** Runs `body` with a scope that cancellation from outside does not reach, to clean up. The grace period of the task goes on. */
export function shield<T>(body: (scope: Scope) => T | Promise<T>, options?: Pick<WaitOptions, "within">): Promise<T>;

/** What an actor may touch. Nothing is inherited but what is named. */
export interface Grants {
  /** `target` is where the actor sees it, by default at the same place; `access` is `read` by default. */
  directories?: { source: string; target?: string; access?: "read" | "read-write" }[];
  environment?: Record<string, string> | [string, string][];
  /** `host:port`, or `*`. */
  connect?: string[];
  names?: "all" | { find?: boolean; list?: boolean; register?: boolean };
  /** Components of the bundle that it may start; `self` is always among them. */
  components?: string[];
}

/** How much an actor may use; what is left out is its owner's own, or the default. */
export interface Limits {
  memoryBytes?: number | bigint;
  messageBytes?: number;
  actors?: number;
  depth?: number;
  dialogs?: number;
  tableElements?: number;
  instances?: number;
  handles?: number;
  queueBytes?: number | bigint;
  logRate?: number;
  spawnRate?: number;
  overdueTasks?: number;
}

/** What to start. A text is the name of a component, with nothing granted. */
export type ActorSpec =
  | string
  | {
      /** A component of the bundle; `self`, the default, is the one that is running. */
      component?: string;
      /** By default the name of the component. */
      name?: string;
      grants?: Grants;
      limits?: Limits;
      /** What becomes of it when a task of it is overdue: by default `end-actor` for those of `runInActor`, else `serve-on`. */
      overdue?: "serve-on" | "end-actor";
    };

/** How children are started anew. A text is the policy, with the defaults. */
export type Restart =
  | "on-failure"
  | "always"
  | {
      policy?: "on-failure" | "always";
      /** By default `one-for-one`. */
      strategy?: "one-for-one" | "one-for-all" | "rest-for-one";
      /** By default 3 within 5,000 ms. */
      intensity?: { restarts: number; within: Milliseconds };
      /** By default 100 ms, doubling up to 10,000 ms. */
      backoff?: { first: Milliseconds; most: Milliseconds };
    };

/** How a nursery treats its children. */
export interface NurseryOptions extends Pick<WaitOptions, "within"> {
  /** The time that children have to clean up once cancelled; by default that of the tree, 500 ms. */
  grace?: Milliseconds;
  /** By default never: the first failure cancels all. */
  restart?: Restart;
}

/** What nurseries and opened contexts have in common. */
export class Block implements AsyncDisposable {
  /** The scope of the block; run what belongs to the body within it. */
  readonly scope: Scope;
  /** Aborted when the block is cancelled. */
  readonly signal: AbortSignal;
  /** Cancels all in it. Returns at once; a second time has no effect. */
  cancel(message?: string): void;
  /**
   * Says that the body is done, or what it failed with, and waits for the end. Throws what failed, each failure once: one as itself, several as
   * {@link Failures}. A second time gives the same answer.
   */
  close(error?: unknown): Promise<void>;
  /** For `await using`: closes, and cancels first if `close` was not called, as it cannot be known how the block was left. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a nursery, runs `body` with it, and waits until every actor started in it is gone. Gives what `body` gives; undefined if it ended on account of the
 * nursery's own cancellation.
 *
 * The first failure, of a child or of `body`, cancels the others. Actors that serve are waited for until someone cancels them. Throws as
 * {@link Block.close} does; an error that `body` threw is thrown as the same object.
 */
export function nursery<T>(body: (nursery: Nursery) => T | Promise<T>, options?: NurseryOptions): Promise<T>;

/** Opens a nursery without a body: close it, or say `await using`. */
export function openNursery(options?: NurseryOptions): Nursery;

/** Owns actors. */
export class Nursery extends Block {
  /** Starts an actor that serves until it is cancelled. Aborted, the start is undone. */
  startActor(spec: ActorSpec, options?: Pick<WaitOptions, "signal">): Promise<Child>;
  /** Starts an actor, calls one function in it, and ends it with the function. What that fails with is a failure of the child. */
  runInActor(spec: ActorSpec, name: string, args?: Value[], options?: Pick<WaitOptions, "signal">): Promise<Child>;
}

/** A way to call one actor, and no more than that. */
export class Portal implements Disposable {
  /** The scope that its calls wait in, unless they say otherwise. */
  readonly scope: Scope;
  /** The id of the actor. */
  readonly actor: ActorId;
  /**
   * Calls a function and gives its value. Functions are named as the component exports them: `burn-cpu`, or `ns:pkg/iface#func`.
   *
   * Throws {@link Failed}: what the function or the actor failed with, no such function, arguments that do not fit.
   */
  call(name: string, args?: Value[], options?: WaitOptions): Promise<any>;
  /** Opens a context without a body: close it, or say `await using`. */
  openContext(name: string, args?: Value[], options?: WaitOptions): Promise<OpenedContext>;
  /**
   * Opens a context: calls a function whose first parameter is a context, runs `body` with this end of it and the first value, and waits for the end of the
   * called task. The two are linked: an error of `body` cancels the callee, a failure of the callee cancels the context's scope.
   */
  withContext<T>(name: string, args: Value[], body: (context: OpenedContext, first: any) => T | Promise<T>, options?: WaitOptions): Promise<T>;
  /** Gives the portal back early. Does nothing to the actor. */
  [Symbol.dispose](): void;
}

/** An actor that this one owns, through a nursery. */
export class Child extends Portal {
  /** The way to call it, and no more. */
  readonly portal: Portal;
  /** Gives the value of the function that it was started for. May be asked again. */
  output(options?: WaitOptions): Promise<any>;
  /** Waits until it has ended. */
  ended(options?: WaitOptions): Promise<void>;
  /** Cancels the actor, and waits until it is gone. Not cut short: it takes at most the grace period. Throws if it did not end in time by itself. */
  cancel(message?: string): Promise<void>;
}

/** How this end of a stream behaves. */
export interface StreamOptions extends WaitOptions {
  /** How many messages may wait at this end; by default 256. */
  buffer?: number;
  /** What happens to a message for which there is no room at the other end; by default the sender waits. */
  overrun?: "wait" | "fail" | "drop-oldest";
}

/** The opener's end of a context. */
export class OpenedContext extends Block {
  /** The id of the actor that was called. */
  readonly callee: ActorId;
  /** The value that the callee started with. */
  readonly first: any;
  /** Opens this end of the stream. Once. */
  openStream(options?: StreamOptions): Promise<MsgStream>;
  /** Gives the value that the callee's function returned. May be asked again. */
  output(options?: WaitOptions): Promise<any>;
}

/** The callee's end of a context: the first parameter of a context function. The function's return ends the context, and stops its stream. */
export class Context {
  /** The id of the actor that opened the context. */
  readonly caller: ActorId;
  /** The scope of the task: cancelled when the other end is, fails, ends or is lost. */
  readonly scope: Scope;
  readonly signal: AbortSignal;
  /** Gives the opener its first value. Once, and before `openStream`. */
  started(value?: Value, options?: WaitOptions): Promise<void>;
  /** Opens this end of the stream. Once. */
  openStream(options?: StreamOptions): Promise<MsgStream>;
  /** Cancels this task and with it the context. Returns at once; the next wait throws. */
  cancel(message?: string): void;
}

/**
 * One end of a two-way stream. Messages are JSON both ways; whoever is of another language has to say so.
 *
 * `for await` goes through the messages until the other end stops. Leaving the loop early leaves the stream as it is.
 */
export class MsgStream implements Disposable {
  readonly scope: Scope;
  /** Sends one message; waits for room. Aborted, it was not sent. Throws {@link Closed} once this end is stopped or the other end is over. */
  send(message: Value, options?: WaitOptions): Promise<void>;
  /** Sends all in order, many at once. Aborted, the first so many may have been sent. */
  sendAll(messages: Iterable<Value> | AsyncIterable<Value>, options?: WaitOptions): Promise<void>;
  /**
   * Receives one message; undefined once the other end has stopped and all was received. Aborted, it takes nothing. A receive that is merely left
   * (`Promise.race`) goes on, and its message is lost: abort it.
   */
  receive(options?: WaitOptions): Promise<any>;
  /** Receives at least one and at most `max` messages; none once the other end has stopped and all was received. */
  receiveMany(max?: number, options?: WaitOptions): Promise<any[]>;
  [Symbol.asyncIterator](): AsyncGenerator<any, void, void>;
  /** Ends this direction; the other goes on. What was sent arrives first. */
  stop(): void;
  /** Gives the stream back: it is stopped, and what was not received yet is lost. */
  [Symbol.dispose](): void;
}

/** Gives the actor that is running. */
export function currentActor(): ActorId;

/** Finding actors, for those who were granted it; without the grant each call throws a failure of kind `denied`. */
export const registrar: {
  /** Gives the actor of that name that registered first and still lives, or null. */
  find(name: string, options?: WaitOptions): Promise<Portal | null>;
  /** Waits until there is one, and gives it. */
  waitFor(name: string, options?: WaitOptions): Promise<Portal>;
  /** Gives the way to call an actor of which another has handed out the id, or only its uuid. */
  connect(actor: ActorId | string, options?: WaitOptions): Promise<Portal>;
  /** Gives the ids of all actors of the tree, owners before those they own. */
  list(options?: WaitOptions): Promise<ActorId[]>;
  /** Registers this actor under one more name, until it ends. */
  register(name: string, options?: WaitOptions): Promise<void>;
};

/** The log of the tree; the host adds the actor and the task. Arguments are formatted as by `console.log`, which writes to standard output. */
export const log: {
  trace(...parts: unknown[]): void;
  debug(...parts: unknown[]): void;
  info(...parts: unknown[]): void;
  warn(...parts: unknown[]): void;
  error(...parts: unknown[]): void;
};

/** Writes JSON as calls do: BigInt as digits, NaN and the infinities as texts, bytes as arrays. */
export function encodeJson(value: Value): string;

/** Reads JSON as calls do: an integer that a number cannot hold exactly is a BigInt. */
export function decodeJson(text: string): any;

/** Writes to standard output as it is. */
export function writeOut(text: string): void;

/** Writes to standard error as it is. */
export function writeError(text: string): void;
