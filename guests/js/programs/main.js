// The seed's programs: `tractor-host run programs_js.wasm burn-cpu`, `ping-pong`, `nested-tree 2 2` or `remote-error`.

import * as burning from "./burn-cpu.js";
import * as nested from "./nested-tree.js";
import * as pinging from "./ping-pong.js";
import * as failing from "./remote-error.js";

export const { burnCpu } = burning;
export const { simpleRpc } = pinging;
export const { grow } = nested;
export const { divide } = failing;

const programs = {
  "burn-cpu": burning.main,
  "ping-pong": pinging.main,
  "nested-tree": nested.main,
  "remote-error": failing.main,
};

export async function run([name, ...rest]) {
  const program = programs[name];
  if (program === undefined) throw new Error(`say which program: ${Object.keys(programs).join(", ")}`);
  await program(...rest);
}
