// Messages both ways.
//
// 1. Messages cross into the host in batches, as a crossing costs more than a message, and are handed out one by one.
// 2. A receive that is aborted takes nothing: what the host gave by then waits here for the next.

import { decodePayload, fromRaw } from "./errors.js";
import { payloadOf } from "./portal.js";
import { wait } from "./scope.js";

// How many messages cross at once, at most.
const BATCH = 256;

/** One end of a two-way stream. */
export class MsgStream {
  #raw;
  #batch;
  #waiting = [];
  #ended = false;

  constructor(raw, scope, buffer) {
    this.#raw = scope.task.own(raw, this);
    this.scope = scope;
    this.#batch = Math.min(buffer, BATCH);
  }

  /** Sends one message, and waits for room. */
  async send(message, options) {
    await this.#sendBatch([payloadOf(message)], options);
  }

  /** Sends all in order, many at once. */
  async sendAll(messages, options) {
    let batch = [];
    for await (const message of messages) {
      batch.push(payloadOf(message));
      if (batch.length < BATCH) continue;
      await this.#sendBatch(batch, options);
      batch = [];
    }
    if (batch.length > 0) await this.#sendBatch(batch, options);
  }

  async #sendBatch(batch, options) {
    const [, outcome] = await wait(options, this.scope, (scope) => this.#raw.send(scope.raw, batch));
    if (outcome.tag === "err") throw fromRaw(outcome.val);
  }

  /** Receives one message; undefined once the other end has stopped and all was received. */
  async receive(options) {
    await this.#fill(options);
    return this.#waiting.length > 0 ? decodePayload(this.#waiting.shift()) : undefined;
  }

  /** Receives at least one and at most `max` messages; none once the other end has stopped and all was received. */
  async receiveMany(max = BATCH, options) {
    await this.#fill(options);
    return this.#waiting.splice(0, Math.max(max, 1)).map(decodePayload);
  }

  async #fill(options) {
    while (this.#waiting.length === 0 && !this.#ended) {
      const messages = await wait(options, this.scope, (scope) => this.#raw.receive(scope.raw, this.#batch));
      if (messages.length === 0) this.#ended = true;
      for (const message of messages) this.#waiting.push(message);
    }
  }

  /** Goes through the messages until the other end stops. To leave the loop early leaves the stream as it is. */
  async *[Symbol.asyncIterator]() {
    for (;;) {
      await this.#fill();
      if (this.#waiting.length === 0) return;
      yield decodePayload(this.#waiting.shift());
    }
  }

  /** Ends this direction; the other goes on. */
  stop() {
    this.#raw.stop();
  }

  [Symbol.dispose]() {
    this.scope.task.disown(this.#raw);
  }
}
