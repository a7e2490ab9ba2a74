// A tree of processes of any depth, and results that come up through it.
//
// The arguments are its depth and its width.
//
// ```console
// $ tractor-host run programs_js.wasm nested-tree 2 2
// main (pid <pid>)
//   main.0 (pid <pid>)
//     main.0.0 (pid <pid>)
//     main.0.1 (pid <pid>)
//   main.1 (pid <pid>)
//     main.1.0 (pid <pid>)
//     main.1.1 (pid <pid>)
// tree torn down, what zombies?
// ```

import { currentActor, nursery } from "../tractor/tractor.js";

export async function main(depth = "2", width = "2") {
  for (const line of await grow(Number(depth), Number(width))) console.log(line);
  console.log("tree torn down, what zombies?");
}

/** Starts `width` actors that do the same one level less deep; gives a line for itself and for each actor below it. */
export async function grow(depth, width) {
  const { name, pid } = currentActor();
  const below = await nursery(async (n) => {
    const children = [];
    for (let i = 0; depth > 0 && i < width; i++) {
      children.push(await n.runInActor({ name: `${name}.${i}` }, "grow", [depth - 1, width]));
    }
    return (await Promise.all(children.map((child) => child.output()))).flat();
  });
  return [`${name} (pid ${pid})`, ...below.map((line) => `  ${line}`)];
}
