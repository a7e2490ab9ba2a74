// The tasks of this actor: each is one call of an exported function, from its begin to its end.
//
// 1. **A task ends with its function, and not before all that it waits for.** What is still under way when the function returns is
//    cancelled and waited for; the runtime would drop it.
// 2. A task always has a call of the host under way, so that it may wait for what another task of the actor does, and so that it returns in a turn of
//    its own: the runtime takes a task that waits for nothing of the host for ended, and gives the value to whichever task is having its turn.
// 3. JavaScript has no variables that belong to a task (AsyncContext is a proposal). So handles know the scope that they wait in; what has no
//    handle asks the host which task is running.

import task from "tractor:actor/task@0.1.0";
import { Scope } from "./scope.js";
import { misuse } from "./errors.js";

const tasks = new Map();
// What runs that cannot wait.
let atOnce = null;
// The runtime gives no handle back by itself.
const unreachable = new FinalizationRegistry(({ owner, raw }) => owner.disown(raw));

/** What owns handles of the host. */
class Owner {
  #owned = new Set();

  /** Notes a handle that is to be given back at the end, or already when nobody has its `holder` any more. */
  own(raw, holder) {
    this.#owned.add(raw);
    if (holder !== undefined) unreachable.register(holder, { owner: this, raw });
    return raw;
  }

  /** Gives a handle back. */
  disown(raw) {
    if (this.#owned.delete(raw)) raw[Symbol.dispose]();
  }

  /** Gives all handles back, the youngest first. */
  disownAll() {
    for (const raw of [...this.#owned].reverse()) this.disown(raw);
  }
}

/** A call of a function that is no `async func`. */
class AtOnce extends Owner {
  get scope() {
    return new Scope(task.Scope.current(), this);
  }

  get work() {
    return this.scope;
  }

  call() {
    throw misuse("a function that is not `async func` may not wait; declare it `async func` in the WIT");
  }

  track() {
    this.call();
  }
}

/** A call of an `async func`. */
export class Task extends Owner {
  #open = 0;
  #idle = null;
  #failed = false;
  #failure;

  constructor() {
    super();
    this.scope = new Scope(task.Scope.current(), this);
    this.id = this.scope.id;
    // What is left at the end is cancelled by it; the scope of the task itself is the host's.
    this.work = this.scope.child();
    tasks.set(this.id, this);
    this.call(() => this.work.raw.cancelled());
  }

  /** Calls what gives a promise, and notes that. */
  call(start) {
    return this.track(start());
  }

  /** Notes that a promise is under way: the task does not end before it. */
  track(promise) {
    this.#open += 1;
    const settled = () => {
      this.#open -= 1;
      if (this.#open === 0) this.#idle?.();
    };
    promise.then(settled, settled);
    return promise;
  }

  /** Makes the task fail with what was thrown where nobody could catch it. The first counts. */
  fail(error) {
    if (this.#failed) return;
    this.#failed = true;
    this.#failure = error;
    this.work.cancel("an exception was not caught");
  }

  /** Cancels what is under way, waits until nothing is, and gives all handles back. Throws what `fail` was told. */
  async end() {
    this.work.raw.cancel(null);
    if (this.#open > 0) await new Promise((resolve) => (this.#idle = resolve));
    tasks.delete(this.id);
    this.disownAll();
    if (this.#failed) throw this.#failure;
  }
}

/** Gives the task that is running. */
export function currentTask() {
  if (atOnce !== null) return atOnce;
  if (tasks.size === 1) return tasks.values().next().value;
  if (tasks.size === 0) throw new Error("there is no task yet: modules are evaluated when the component is built");
  const raw = task.Scope.current();
  const id = raw.id();
  raw[Symbol.dispose]();
  const found = tasks.get(id);
  if (found === undefined) throw misuse("the task that this belongs to has ended");
  return found;
}

/** Runs what cannot wait. */
export function runAtOnce(body) {
  atOnce = new AtOnce();
  try {
    return body();
  } finally {
    atOnce.disownAll();
    atOnce = null;
  }
}
