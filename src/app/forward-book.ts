/** Forwards, booked once each: ldk-node keeps none, and its event names no payment by which a repeated one is known. */
import type { Clock } from "../clock.ts";
import type { NodeEvent } from "../node/port.ts";
import type { Change, ForwardRecord, LedgerStore } from "../stable/ledger.ts";

type Forwarded = Extract<NodeEvent, { kind: "payment_forwarded" }>;

export interface ForwardBook {
  /** What the event adds to the ledger: nothing where an earlier run booked it. */
  changes(event: Forwarded, at: number): Change[];
}

/** What LDK has to repeat it repeats at once; no new HTLC is passed on within two seconds of a start. */
const REPLAY_MS = 2_000;
/** An event is repeated when its run ended before it was acknowledged, or before LDK had written what it was part of. */
const TAIL_SECONDS = 1;
const TAIL_FORWARDS = 100;

/** Everything the event says, as one text. */
function contentOf(forward: Omit<ForwardRecord, "id" | "at">): string {
  const { prevChannelId, nextChannelId, forwardedMsat, feeEarnedMsat, skimmedFeeMsat } = forward;
  return [prevChannelId, nextChannelId, forwardedMsat, feeEarnedMsat, skimmedFeeMsat].join(":");
}

/**
 * A forward that comes right after a start and says what one of the last second of the run before said is that one
 * again. Of two that are alike to the millisatoshi, one on each side of a restart, the second may so go uncounted; none
 * is counted twice.
 */
export async function forwardBook(
  store: Pick<LedgerStore, "forwards">,
  clock: Clock,
  random: (bytes: number) => Uint8Array,
): Promise<ForwardBook> {
  const booked = await store.forwards(TAIL_FORWARDS);
  const last = booked.at(-1)?.at ?? 0;
  const repeatable = booked.filter(({ at }) => at >= last - TAIL_SECONDS).map(contentOf);
  const replayedUntil = clock.steadyMs() + REPLAY_MS;

  function wasBooked(content: string): boolean {
    const found = clock.steadyMs() < replayedUntil ? repeatable.indexOf(content) : -1;
    if (found >= 0) repeatable.splice(found, 1);
    return found >= 0;
  }

  return {
    changes(event, at) {
      const { kind: _, claimFromOnchain: __, ...forward } = event;
      if (wasBooked(contentOf(forward))) return [];
      const id = Buffer.from(random(16)).toString("hex");
      return [{ put: "forward", forward: { ...forward, id, at } }];
    },
  };
}
