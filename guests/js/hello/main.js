// A program of two processes.
//
// ```console
// $ tractor-host run hello_js.wasm
// 1 + 2 = 3
// ```

import { nursery } from "../tractor/tractor.js";

export async function run() {
  const sum = await nursery(async (n) => {
    const child = await n.runInActor("self", "add", [1, 2]); // its own process
    return child.output();
  }); // does not return before that process is reaped
  console.log(`1 + 2 = ${sum}`);
}

export function add(a, b) {
  return a + b;
}
