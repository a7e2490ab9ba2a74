// Two linked tasks, one in each of two actors.

import { Block } from "./block.js";
import { decodePayload } from "./errors.js";
import { payloadOf } from "./portal.js";
import { wait } from "./scope.js";
import { streamOptions } from "./spec.js";
import { MsgStream } from "./stream.js";

/** The opener's end. */
export class OpenedContext extends Block {
  /** The id of the actor that was called. */
  get callee() {
    return this.raw.callee();
  }

  /** The value that the callee started with. */
  get first() {
    return decodePayload(this.raw.first());
  }

  /** Opens this end of the stream. Once. */
  async openStream(options) {
    return openStream(this.raw, this.scope, options);
  }

  /** Gives the value that the callee's function returned. */
  async output(options) {
    return decodePayload(await wait(options, this.scope, (scope) => this.raw.output(scope.raw)));
  }
}

/** The callee's end: the first parameter of a context function. */
export class Context {
  #raw;

  constructor(raw, task) {
    this.#raw = task.own(raw);
    this.scope = task.scope;
  }

  /** The id of the actor that opened the context. */
  get caller() {
    return this.#raw.caller();
  }

  /** A signal that is aborted when the context is cancelled. */
  get signal() {
    return this.scope.signal;
  }

  /** Gives the opener its first value. Once, and before `openStream`. */
  async started(value = null, options) {
    const payload = payloadOf(value);
    await wait(options, this.scope, (scope) => this.#raw.started(scope.raw, payload));
  }

  /** Opens this end of the stream. Once. */
  async openStream(options) {
    return openStream(this.#raw, this.scope, options);
  }

  /** Cancels this task and with it the context. Returns at once; the next wait throws. */
  cancel(message = null) {
    this.#raw.cancel(message);
  }
}

async function openStream(context, scope, options = {}) {
  const { buffer, overrun, ...waiting } = options;
  const settings = streamOptions({ buffer, overrun });
  const opened = await wait(waiting, scope, (within) => context.openStream(within.raw, settings));
  return new MsgStream(opened, scope, settings.buffer);
}
