// Two linked tasks in two processes, and a stream between them: a first value, ten pings, ten pongs, a result.
//
// ```console
// $ tractor-host run programs_js.wasm ping-pong
// the first value is 11
// ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong! ping? pong!
// the server counted 10 pings
// ```

import { nursery } from "../tractor/tractor.js";

export async function main() {
  await nursery(async (n) => {
    const server = await n.startActor({ name: "rpc_server" });
    const count = await server.withContext("simple-rpc", [10], async (ctx, first) => {
      console.log(`the first value is ${first}`);
      const stream = await ctx.openStream();
      const talk = [];
      for (let i = 0; i < 10; i++) {
        await stream.send("ping");
        talk.push(`ping? ${await stream.receive()}!`);
      }
      console.log(talk.join(" "));
      stream.stop(); // this direction; the other one goes on
      return ctx.output();
    });
    console.log(`the server counted ${count} pings`);
    await server.cancel();
  });
}

/** A small ping-pong server. Its first value is one more than `data`, its result the number of pings. */
export async function simpleRpc(ctx, data) {
  await ctx.started(data + 1);
  const stream = await ctx.openStream();
  let count = 0;
  for await (const message of stream) {
    if (message !== "ping") throw new Error(`expected ping, got ${message}`);
    await stream.send("pong");
    count += 1;
  }
  return count;
}
