// One function in two processes: a child burns CPU while this one does the same, and its result is collected.
//
// ```console
// $ tractor-host run programs_js.wasm burn-cpu
// collected subprocess <pid>
// ```

import { checkpoint, currentActor, nursery } from "../tractor/tractor.js";

export async function main() {
  const pid = await nursery(async (n) => {
    const child = await n.runInActor("self", "burn-cpu", [50_000]); // its own process
    await burnCpu(50_000); // and this one, at the same time
    return child.output();
  });
  console.log(`collected subprocess ${pid}`);
}

/** Computes, stops now and then if it was cancelled meanwhile, and says in which process it ran. */
export async function burnCpu(rounds) {
  let seed = 1;
  for (let round = 0; round < rounds; round++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    if (round % 1000 === 0) await checkpoint();
  }
  return currentActor().pid;
}
