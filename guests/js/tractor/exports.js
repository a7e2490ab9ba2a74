// Exported functions: what the tool wraps each function of the main module in.
//
// 1. An exception is a failure with its stack, where the function's type has room for one. Where it has none the actor breaks down, as after a
//    panic in Rust: the stack goes to standard error, whose last lines are part of the failure.
// 2. Values are checked by the types of the WIT, on their way out.

import { Context } from "./context.js";
import { Declared, Failed, failureOf, messageOf, stackOf, toRaw } from "./errors.js";
import { writeError } from "./output.js";
import "./prelude.js";
import { Task, runAtOnce } from "./task.js";
import { lift, lower } from "./values.js";

// A bug shows itself by these. It is no error that a function of type `result<_, string>` means to return.
const OF_THE_LANGUAGE = new Set([TypeError, ReferenceError, RangeError, SyntaxError, EvalError, URIError]);

/** Wraps the function that `scope`, the main module or what it exports for an interface, has for the function `name` of the WIT. */
export function wrap(scope, name, type, file) {
  const member = name.replace(/-+(.)/g, (_, letter) => letter.toUpperCase());
  const body = scope?.[member];
  if (typeof body !== "function") throw new Error(`${file} exports no function \`${member}\`, and the world has \`${name}\``);
  const wrapped = new Exported(name, type, (given) => body.apply(scope, given));
  return type.async ? (...given) => wrapped.run(given) : (...given) => wrapped.runAtOnce(given);
}

class Exported {
  #name;
  #types;
  #result;
  #body;

  constructor(name, { parameters, result }, body) {
    this.#name = name;
    this.#types = parameters.map(([, type]) => type);
    this.#result = result;
    this.#body = body;
  }

  async run(given) {
    let outcome;
    try {
      outcome = { value: await this.#inTask(given) };
    } catch (error) {
      outcome = { error };
    }
    return this.#give(outcome);
  }

  async #inTask(given) {
    const task = new Task();
    let value;
    try {
      value = await this.#body(this.#lifted(given, task));
    } finally {
      await task.end();
    }
    return value;
  }

  runAtOnce(given) {
    let outcome;
    try {
      outcome = { value: runAtOnce(() => this.#body(this.#lifted(given))) };
    } catch (error) {
      outcome = { error };
    }
    return this.#give(outcome);
  }

  #lifted(given, task) {
    return given.map((value, i) => (this.#types[i] === "context" ? new Context(value, task) : lift(this.#types[i], value)));
  }

  /** Returns or throws what the runtime is to make the result of. */
  #give(outcome) {
    if ("error" in outcome) return this.#throw(outcome.error);
    try {
      return this.#lowered(outcome.value);
    } catch (error) {
      const wrong = new Failed(failureOf({ tag: "ill-typed" }, error.message));
      return this.#throw(this.#raises() ? wrong : error);
    }
  }

  #lowered(value) {
    if (this.#result === null) return undefined;
    const ok = this.#result[0] === "result" ? this.#result[1] : this.#result;
    return ok === null ? undefined : lower(ok, value, `the result of \`${this.#name}\``);
  }

  #raises() {
    return this.#result?.[0] === "result" && this.#result[2] === "error";
  }

  #throw(error) {
    if (this.#raises()) throw { payload: toRaw(error) };
    if (this.#result?.[0] === "result") this.#throwDeclared(error, this.#result[2]);
    const stack = stackOf(error);
    writeError(`\`${this.#name}\` threw what its type has no room for: ${messageOf(error)}\n${stack === null ? "" : `${stack}\n`}`);
    throw error;
  }

  /** Throws the error that the function declares, if it is that. */
  #throwDeclared(error, type) {
    const where = `the error of \`${this.#name}\``;
    if (error instanceof Declared) throw { payload: type === null ? undefined : lower(type, error.value, where) };
    if (type === "string" && error instanceof Error && !OF_THE_LANGUAGE.has(error.constructor)) throw { payload: messageOf(error) };
  }
}
