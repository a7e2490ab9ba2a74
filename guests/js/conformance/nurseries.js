// Nurseries, trees and names.

import { nursery, registrar, sleepForever } from "../tractor/tractor.js";
import { answers, cancelled, equal, failure, holds, name } from "./expect.js";

export async function oneFailsAll(component) {
  const outcome = nursery(async (n) => {
    const waits = await n.runInActor(component, name("wait-for-ever"));
    await n.runInActor(component, name("wait-for-ever"));
    await n.runInActor({ component, name: "clumsy" }, name("fail-after-ms"), [50, "clumsy me"]);
    await cancelled(waits.output());
  });
  const { origin, failures } = await failure(outcome, "other", "clumsy me");
  equal("its origin", origin.name, "clumsy");
  equal("the failure and two that were cancelled", failures.map(({ kind }) => kind.tag).sort(), ["cancelled", "cancelled", "other"]);
}

async function nest(component, depth, message) {
  return nursery(async (n) => {
    const spec = { component, grants: { components: [component] } };
    const child = await n.runInActor(spec, name("nest"), [component, depth, message]);
    return child.output();
  });
}

export async function nestedSpawn(component) {
  equal("the depth", await nest(component, 3, null), 3);
}

export async function nestedFailure(component) {
  const { path } = await failure(nest(component, 2, "deep down"), "other", "deep down");
  holds("a path of two or more", path.length >= 2, path.length);
}

export async function killedAtTimeout(component) {
  const outcome = nursery(
    async (n) => {
      const spinner = await n.startActor({ component, name: "spinner" });
      await spinner.withContext(name("spin"), [], (ctx) => {
        n.cancel();
        return sleepForever({ within: ctx });
      });
    },
    { grace: 100 },
  );
  const { origin } = await failure(outcome, "overdue");
  equal("its origin", origin.name, "spinner");
}

async function names(component) {
  const named = (name) => ({ component, name, grants: { names: "all" } });
  await nursery(async (n) => {
    const one = await n.startActor(named("one"));
    const two = await n.startActor(named("two"));
    await one.call(name("register"), ["booth"]);
    equal("what the other found", await two.call(name("ask"), ["booth"]), 42);
    const found = await registrar.waitFor("booth", { within: n });
    await answers(found);
    const listed = (await registrar.list({ within: n })).map((actor) => actor.name);
    holds("`one` and `two`", listed.includes("one") && listed.includes("two"), listed);
    await one.cancel();
    const gone = await registrar.find("booth", { within: n });
    holds("none", gone === null, gone);
    await two.cancel();
  });
}

export { names as registrar };
