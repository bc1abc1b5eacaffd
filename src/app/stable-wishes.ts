/** Turns wishes into agreements once their invoices are paid and a channel is there, over restarts. */
import { type Clock, unixNow } from "../clock.ts";
import type { StablePort } from "../engine/port.ts";
import { CodedError } from "../errors.ts";
import type { Node } from "../node/port.ts";
import type { LedgerStore } from "../stable/ledger.ts";
import { msat } from "../stable/units.ts";
import { afterRefusal, agreedWish, type StableWish, stepOfWish } from "../stable/wish.ts";

const LOOK_MS = 5_000;

interface Parts {
  node: Pick<Node, "payment" | "channels" | "onChange">;
  stable: Pick<StablePort, "start" | "list">;
  store: Pick<LedgerStore, "wishes" | "commit">;
  clock: Clock;
  /** Something a screen shows has changed. */
  changed: () => void;
  broken: (error: unknown) => void;
}

export interface Wishes {
  /** Looks now: a wish was made or called off. */
  poke(): void;
  stop(): void;
}

export function followWishes({ node, stable, store, clock, changed, broken }: Parts): Wishes {
  let stopped = false;
  let looking: Promise<void> | undefined;
  let again = false;
  let cancel: (() => void) | undefined;

  /** The wish may have been called off while the peer was asked. */
  async function put(wish: StableWish): Promise<void> {
    const now = (await store.wishes()).find((one) => one.paymentHash === wish.paymentHash);
    if (now?.status !== "waiting") return;
    const { paymentHash, peer, status, reason, agreementId } = wish;
    const told =
      status === "waiting"
        ? []
        : [
            {
              kind: `wish_${status}`,
              peer,
              data: { payment_hash: paymentHash, reason: reason ?? null, agreement: agreementId ?? null },
            },
          ];
    await store.commit([{ put: "wish", wish }, ...told.map((entry) => ({ put: "audit", entry }) as const)]);
    changed();
  }

  async function propose(wish: StableWish): Promise<void> {
    const channels = await node.channels();
    const channel = channels.find((one) => one.counterparty === wish.peer && one.usable);
    if (channel === undefined) return;
    const { targetMicro } = wish;
    try {
      const { agreement } = await stable.start({ channel, side: "receiver", targetMicro, keepNativeMsat: msat(0n) });
      await put(agreedWish(wish, agreement.id));
    } catch (error) {
      if (stopped) return;
      if (!(error instanceof CodedError)) throw error;
      await put(afterRefusal(wish, error.code, error.message, unixNow(clock)));
    }
  }

  async function follow(wish: StableWish, all: readonly StableWish[]): Promise<void> {
    const paid = wish.paidAt !== undefined || (await node.payment(wish.paymentHash))?.status === "succeeded";
    const channel = (await node.channels()).some((one) => one.counterparty === wish.peer && one.usable);
    const agreements = (await stable.list()).map((view) => view.agreement);
    const taken = new Set(all.flatMap(({ agreementId }) => agreementId ?? []));
    const step = stepOfWish(wish, { now: unixNow(clock), paid, channel, agreements, taken });
    if (step.do === "propose") await propose(wish);
    else if (step.do === "put") {
      await put(step.wish);
      again ||= step.wish.status === "waiting";
    }
  }

  async function look(): Promise<void> {
    do {
      again = false;
      const all = await store.wishes();
      // One after the other: each takes from the balance that the next is judged by.
      for (const wish of all.filter(({ status }) => status === "waiting")) {
        if (!stopped) await follow(wish, all);
      }
    } while (again && !stopped);
    const waits = (await store.wishes()).some(({ status }) => status === "waiting");
    if (waits && !stopped) cancel = clock.after(LOOK_MS, poke);
  }

  function poke(): void {
    if (stopped) return;
    if (looking !== undefined) {
      again = true;
      return;
    }
    cancel?.();
    looking = look()
      .catch((error: unknown) => stopped || broken(error))
      .then(() => {
        looking = undefined;
      });
  }

  const stopListening = node.onChange(poke);
  poke();
  return {
    poke,
    stop() {
      stopped = true;
      stopListening();
      cancel?.();
    },
  };
}
