// Starting actors, and owning them.

import raw from "tractor:actor/nursery@0.1.0";
import { Block } from "./block.js";
import { decodePayload, fromHost } from "./errors.js";
import { Portal, argumentsOf } from "./portal.js";
import { scopeOf, wait } from "./scope.js";
import { actorSpec, nurseryOptions } from "./spec.js";

/** Opens a nursery, runs `body` with it, and waits until every actor started in it is gone. */
export async function nursery(body, options) {
  const opened = openNursery(options);
  return opened.run(() => body(opened));
}

/** Opens a nursery: close it, or say `await using`. */
export function openNursery(options = {}) {
  const { grace, restart, within, ...unknown } = options;
  if (Object.keys(unknown).length > 0) throw new TypeError(`a nursery has no option \`${Object.keys(unknown)[0]}\`; it has grace, restart, within`);
  const outer = scopeOf({ within });
  const opened = raw.Nursery.open(outer.raw, nurseryOptions({ grace, restart }));
  return new Nursery(opened, outer.task);
}

/** Owns actors. The first failure among them, or of the body, cancels the others. */
export class Nursery extends Block {
  /** Starts an actor that serves until it is cancelled. */
  async startActor(spec, options) {
    const start = actorSpec(spec);
    return this.#child(await this.#started(options, () => this.raw.startActor(start)));
  }

  /** Starts an actor, calls one function in it, and ends it with the function. */
  async runInActor(spec, name, given = [], options) {
    const start = actorSpec(spec);
    const payload = argumentsOf(given);
    return this.#child(await this.#started(options, () => this.raw.runInActor(start, name, payload)));
  }

  /** Starts wait within the nursery, whatever the scope around: only their call can be cut short, and that undoes them. */
  async #started(options, start) {
    options?.signal?.throwIfAborted();
    const pending = this.scope.task.call(start);
    const abort = () => pending.cancel?.();
    options?.signal?.addEventListener("abort", abort);
    try {
      return await pending;
    } catch (error) {
      if (options?.signal?.aborted) throw options.signal.reason;
      throw fromHost(error);
    } finally {
      options?.signal?.removeEventListener("abort", abort);
    }
  }

  #child(child) {
    return new Child(child, this.scope);
  }
}

/** An actor that this one owns, through a nursery; it can be called as a portal can. */
export class Child extends Portal {
  #raw;

  constructor(child, scope) {
    // A child of which nothing is asked would be taken for one that was given up.
    super(child.portal(), scope);
    this.#raw = scope.task.own(child, this);
  }

  /** The way to call it, and no more. */
  get portal() {
    return new Portal(this.#raw.portal(), this.scope);
  }

  /** Gives the value of the function that it was started for. */
  async output(options) {
    return decodePayload(await wait(options, this.scope, (scope) => this.#raw.output(scope.raw)));
  }

  /** Waits until it has ended. */
  async ended(options) {
    await wait(options, this.scope, (scope) => this.#raw.ended(scope.raw));
  }

  /** Cancels the actor, and waits until it is gone. Is not cut short. */
  async cancel(message = null) {
    await wait(undefined, this.scope, () => this.#raw.cancel(message));
  }
}
