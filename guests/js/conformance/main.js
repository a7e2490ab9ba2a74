// The JavaScript side of the conformance suite: `tests/conformance/SCENARIOS.md` says what each scenario is, `wit/world.wit` there what a peer does.

import * as calls from "./calls.js";
import * as cancelling from "./cancelling.js";
import * as contexts from "./contexts.js";
import * as nurseries from "./nurseries.js";
import * as streams from "./streams.js";
import * as values from "./values.js";

export { peer } from "./peer.js";

const scenarios = new Map(Object.entries({ ...calls, ...cancelling, ...contexts, ...nurseries, ...streams, ...values }));

export const driver = {
  async drive(scenario, peer) {
    // `ping_pong` is `pingPong` here.
    const run = scenarios.get(scenario.replace(/_(.)/g, (_, letter) => letter.toUpperCase()));
    if (run === undefined) throw new Error(`no scenario \`${scenario}\``);
    await run(peer);
  },
};
