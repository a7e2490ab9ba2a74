// An error crosses processes: three daemons idle, a fourth actor fails, the nursery throws its error, and all are gone.
//
// ```console
// $ tractor-host run programs_js.wasm remote-error
// extra failed: 7 cannot be divided by 0
// look Maa, that actor failed hard, and the daemons went with it
// ```

import { Declared, Failed, nursery } from "../tractor/tractor.js";

export async function main() {
  try {
    await nursery(async (n) => {
      for (let i = 0; i < 3; i++) await n.startActor({ name: `daemon_${i}` });
      await n.runInActor({ name: "extra" }, "divide", [7, 0]);
    });
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    // What the function declares as its error is a value.
    console.log(`${error.origin.name} failed: ${error.value}`);
  }
  console.log("look Maa, that actor failed hard, and the daemons went with it");
}

/** Divides. */
export function divide(dividend, divisor) {
  if (divisor === 0) throw new Declared(`${dividend} cannot be divided by 0`);
  return Math.floor(dividend / divisor);
}
