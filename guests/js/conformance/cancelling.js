// Who cancels, and what the others see of it.

import { cancelScope, moveOnAfter, nursery, registrar, sleepForever } from "../tractor/tractor.js";
import { answers, cancelled, contextCancelled, equal, failure, name, withPeer } from "./expect.js";

/** Expects so many waits of the peer to have been cancelled and cleaned up. */
async function cancellations(peer, expected) {
  equal("the cancellations that the peer saw", await peer.call(name("cancellations")), expected);
}

export async function openerCancels(component) {
  await withPeer(component, async (peer) => {
    await peer.withContext(name("wait"), [], (ctx) => {
      ctx.cancel();
      return cancelled(sleepForever({ within: ctx }));
    });
    await cancellations(peer, 1);
  });
}

export async function calleeCancels(component) {
  await withPeer(component, async (peer) => {
    const outcome = peer.withContext(name("give-up"), [], (ctx) => sleepForever({ within: ctx }));
    await contextCancelled(outcome, "peer", "had enough");
    await answers(peer);
  });
}

export async function thirdCancels(component) {
  await nursery(async (n) => {
    const lender = await n.startActor({ component, name: "lender", grants: { components: [component] } });
    await lender.withContext(name("lend"), [component], async (lend, uuid) => {
      const stream = await lend.openStream();
      const lent = await registrar.connect(uuid, { within: lend });
      const outcome = lent.withContext(name("wait"), [], async (ctx) => {
        await stream.send(1);
        await sleepForever({ within: ctx });
      });
      await contextCancelled(outcome, "lender", "time to go");
    });
    await lender.cancel();
  });
}

export async function deadline(component) {
  await withPeer(component, async (peer) => {
    const movedOn = await moveOnAfter(500, async (scope) => {
      await peer.call(name("wait-for-ever"), [], { within: scope });
      return "it ended";
    });
    equal("the call that took too long", movedOn, undefined);
    await cancellations(peer, 1);
  });
}

export async function overdueTask(component) {
  await withPeer(component, async (peer) => {
    const outcome = cancelScope((scope) =>
      peer.withContext(
        name("hold"),
        [true],
        (ctx) => {
          scope.cancel();
          return sleepForever({ within: ctx });
        },
        { within: scope },
      ),
    );
    await failure(outcome, "overdue");
    await answers(peer);
    await peer.call(name("release"));
  });
}
