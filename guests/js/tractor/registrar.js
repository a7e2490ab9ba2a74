// Finding actors, for those who were granted it.

import raw from "tractor:actor/registrar@0.1.0";
import { Portal } from "./portal.js";
import { scopeOf, wait } from "./scope.js";

const portal = (found, options) => new Portal(found, scopeOf(options));

/** Gives the actor of that name that registered first and still lives, or null. */
export async function find(name, options) {
  const found = await wait(options, undefined, (scope) => raw.find(scope.raw, name));
  return found === null || found === undefined ? null : portal(found, options);
}

/** Waits until there is an actor of that name, and gives it. */
export async function waitFor(name, options) {
  return portal(await wait(options, undefined, (scope) => raw.waitFor(scope.raw, name)), options);
}

/** Gives the way to call an actor of which another has handed out the id, or only its uuid. */
export async function connect(actor, options) {
  const id = typeof actor === "string" ? { name: "", uuid: actor, pid: 0 } : actor;
  return portal(await wait(options, undefined, (scope) => raw.connect(scope.raw, id)), options);
}

/** Gives the ids of all actors of the tree, owners before those they own. */
export async function list(options) {
  return wait(options, undefined, (scope) => raw.list(scope.raw));
}

/** Registers this actor under one more name, until it ends. */
export async function register(name, options) {
  await wait(options, undefined, (scope) => raw.register(scope.raw, name));
}
