// What to start, with what it may touch and use: as people write it, and as the host takes it.
//
// Every field that the WIT has must be there: one that is missing ends the actor without a word. And one that the WIT has not is a slip of the pen.

import { nanoseconds } from "./scope.js";

const LIMITS = {
  memoryBytes: BigInt,
  messageBytes: Number,
  actors: Number,
  depth: Number,
  dialogs: Number,
  tableElements: Number,
  instances: Number,
  handles: Number,
  queueBytes: BigInt,
  logRate: Number,
  spawnRate: Number,
  overdueTasks: Number,
};

/** What an actor is to be: the name of a component, or an object. */
export function actorSpec(spec) {
  if (typeof spec === "string") spec = { component: spec };
  known("an actor", spec, ["component", "name", "grants", "limits", "overdue"]);
  return {
    component: text("component", spec.component ?? "self"),
    name: text("name", spec.name ?? ""),
    grants: grants(spec.grants ?? {}),
    limits: limits(spec.limits ?? {}),
    overdue: oneOf("overdue", spec.overdue ?? null, ["serve-on", "end-actor", null]),
  };
}

function grants(given) {
  known("grants", given, ["directories", "environment", "connect", "names", "components"]);
  const environment = given.environment ?? [];
  return {
    directories: (given.directories ?? []).map(directory),
    environment: (Array.isArray(environment) ? environment : Object.entries(environment)).map(([name, value]) => [text("environment", name), text(name, value)]),
    connect: (given.connect ?? []).map((peer) => text("connect", peer)),
    names: names(given.names ?? {}),
    components: (given.components ?? []).map((name) => text("components", name)),
  };
}

function directory(given) {
  known("a directory", given, ["source", "target", "access"]);
  return {
    source: text("source", given.source),
    target: text("target", given.target ?? given.source),
    access: oneOf("access", given.access ?? "read", ["read", "read-write"]),
  };
}

function names(given) {
  if (given === "all") return { find: true, list: true, register: true };
  known("names", given, ["find", "list", "register"]);
  return { find: given.find === true, list: given.list === true, register: given.register === true };
}

function limits(given) {
  known("limits", given, Object.keys(LIMITS));
  const all = {};
  for (const [name, type] of Object.entries(LIMITS)) {
    const limit = given[name] ?? null;
    all[name] = limit === null ? null : type === BigInt ? BigInt(whole(name, limit, Number.MAX_SAFE_INTEGER)) : u32(name, limit);
  }
  return all;
}

/** How a nursery treats its children. */
export function nurseryOptions({ grace = null, restart = null }) {
  return { grace: grace === null ? null : nanoseconds(grace), restart: restart === null ? null : restartOptions(restart) };
}

function restartOptions(given) {
  if (typeof given === "string") given = { policy: given };
  known("restart", given, ["policy", "strategy", "intensity", "backoff"]);
  const { intensity = null, backoff = null } = given;
  if (intensity !== null) known("intensity", intensity, ["restarts", "within"]);
  if (backoff !== null) known("backoff", backoff, ["first", "most"]);
  return {
    policy: oneOf("policy", given.policy ?? "on-failure", ["on-failure", "always"]),
    strategy: oneOf("strategy", given.strategy ?? "one-for-one", ["one-for-one", "one-for-all", "rest-for-one"]),
    intensity: intensity === null ? null : { restarts: u32("restarts", intensity.restarts), within: nanoseconds(intensity.within) },
    backoff: backoff === null ? null : { first: nanoseconds(backoff.first), most: nanoseconds(backoff.most) },
  };
}

/** How an end of a stream behaves. */
export function streamOptions({ buffer = 256, overrun = "wait" } = {}) {
  return { buffer: Math.max(whole("buffer", buffer, 0x7fffffff), 1), overrun: oneOf("overrun", overrun, ["wait", "fail", "drop-oldest"]) };
}

function known(what, given, fields) {
  if (typeof given !== "object" || given === null) throw new TypeError(`${what}: an object is expected, not ${given}`);
  const unknown = Object.keys(given).find((key) => !fields.includes(key));
  if (unknown !== undefined) throw new TypeError(`${what}: there is no \`${unknown}\`; there are ${fields.join(", ")}`);
}

function text(name, value) {
  if (typeof value !== "string") throw new TypeError(`${name} is a text, not ${value}`);
  return value;
}

function oneOf(name, value, cases) {
  if (!cases.includes(value)) throw new TypeError(`${name} is one of ${cases.filter((one) => one !== null).join(", ")}, not ${value}`);
  return value;
}

/** The runtime reads a u32 as an s32 of the same bits. */
function u32(name, value) {
  return whole(name, value, 0xffffffff) | 0;
}

function whole(name, value, most) {
  if (typeof value === "bigint" && value >= 0n && value <= BigInt(most)) return Number(value);
  if (!Number.isInteger(value) || value < 0 || value > most) throw new RangeError(`${name} is a whole number up to ${most}, not ${value}`);
  return value;
}
