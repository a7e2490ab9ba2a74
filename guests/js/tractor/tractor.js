// Actors for tractor-host in JavaScript. `tractor.d.ts` describes all of it.

import "./prelude.js";

export { Block } from "./block.js";
export { Context, OpenedContext } from "./context.js";
export { Cancelled, Closed, Declared, Failed, Failures, TimedOut, TractorError } from "./errors.js";
export { decode as decodeJson, encode as encodeJson } from "./json.js";
export * as log from "./log.js";
export { Child, Nursery, nursery, openNursery } from "./nursery.js";
export { Portal, currentActor } from "./portal.js";
export * as registrar from "./registrar.js";
export { Scope, cancelScope, checkpoint, currentScope, failAfter, moveOnAfter, shield, sleep, sleepForever } from "./scope.js";
export { MsgStream } from "./stream.js";
export { writeError, writeOut } from "./output.js";
