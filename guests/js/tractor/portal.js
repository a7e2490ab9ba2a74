// Calling an actor.

import task from "tractor:actor/task@0.1.0";
import { OpenedContext } from "./context.js";
import { decodePayload } from "./errors.js";
import { encode } from "./json.js";
import { scopeOf, wait } from "./scope.js";
import { encodeUtf8 } from "./text.js";

/** A value as it goes to the host. */
export function payloadOf(value) {
  return { codec: "json", bytes: encodeUtf8(encode(value)) };
}

/** The arguments of a call: an array of them. */
export function argumentsOf(given) {
  if (!Array.isArray(given)) throw new TypeError("the arguments of a call are an array, one value for each parameter");
  return payloadOf(given);
}

/** A way to call one actor, and no more than that. Calls wait in the scope in which the portal was got, unless options say otherwise. */
export class Portal {
  #raw;

  constructor(raw, scope) {
    this.#raw = scope.task.own(raw, this);
    this.scope = scope;
  }

  /** The id of the actor: name, uuid and pid. */
  get actor() {
    return this.#raw.actor();
  }

  /** Calls a function, and gives its value. */
  async call(name, given = [], options) {
    const payload = argumentsOf(given);
    return decodePayload(await wait(options, this.scope, (scope) => this.#raw.call(scope.raw, name, payload)));
  }

  /** Opens a context: a function whose first parameter is one. Close it, or say `await using`. */
  async openContext(name, given = [], options) {
    const payload = argumentsOf(given);
    const opened = await wait(options, this.scope, (scope) => this.#raw.openContext(scope.raw, name, payload));
    return new OpenedContext(opened, scopeOf(options, this.scope).task);
  }

  /** Opens a context, runs `body` with it and its first value, and waits for the end of the called task. */
  async withContext(name, given, body, options) {
    const context = await this.openContext(name, given, options);
    return context.run(() => body(context, context.first));
  }

  /** Gives the portal back before its task ends. */
  [Symbol.dispose]() {
    this.scope.task.disown(this.#raw);
  }
}

/** Gives the id of the actor that is running. */
export function currentActor() {
  return task.currentActor();
}
