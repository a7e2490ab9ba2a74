// Blocks that close with what their body ended with: nurseries and contexts.

import { Cancelled, Closed, fromHost, fromRaw, toRaw } from "./errors.js";
import { Scope } from "./scope.js";

/** What a nursery and an opened context have in common. */
export class Block {
  #raw;
  #closing = null;
  #closed = false;

  constructor(raw, task) {
    this.#raw = task.own(raw);
    this.scope = new Scope(raw.scope(), task);
  }

  /** The host's handle. Throws `Closed` once it is given back. */
  get raw() {
    if (this.#closed) throw new Closed();
    return this.#raw;
  }

  /** A signal that is aborted when the block is cancelled. */
  get signal() {
    return this.scope.signal;
  }

  /** Cancels all in it. Returns at once. */
  cancel(message = null) {
    if (!this.#closed) this.#raw.cancel(message);
  }

  /** Says that the body is done, or what it failed with, and waits for the end. A second time gives the same answer. */
  close(error) {
    return (this.#closing ??= this.#close(error));
  }

  async #close(error) {
    const { task } = this.scope;
    try {
      await task.call(() => this.#raw.close(error === undefined ? null : toRaw(error)));
    } catch (raw) {
      const { payload } = raw;
      throw payload?.tag === undefined ? fromHost(raw) : fromRaw(payload, error);
    } finally {
      this.#closed = true;
      this.scope.end();
      task.disown(this.#raw);
    }
  }

  /** Runs the body, and closes with what it ended with. */
  async run(body) {
    let value;
    try {
      value = await body();
    } catch (error) {
      const isOwn = this.#isOwn(error);
      // Of an error that is no object there is nothing to say but that.
      await this.close(error ?? new Error(`${error} was thrown`));
      if (isOwn) return undefined;
      throw error;
    }
    await this.close();
    return value;
  }

  /** Whether the body ended on account of the block's own cancellation, which has done its work then. */
  #isOwn(error) {
    return error instanceof Cancelled && error.cancellation.scope === this.scope.id;
  }

  /** For `await using`: a block that was left before it was closed is cancelled, as it cannot be known how it was left. */
  async [Symbol.asyncDispose]() {
    if (this.#closing === null) this.cancel("left before it was closed");
    await this.close();
  }
}
