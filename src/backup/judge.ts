/** Whether restoring a backup could lose funds. Pure. */
import type { Manifest } from "./manifest.ts";
import type { NodeState } from "./node-state.ts";

/** What is in the folder that the backup would go to. */
export type Place =
  | { kind: "empty" }
  | { kind: "node"; state: NodeState }
  /** A database that can't be read. */
  | { kind: "unreadable" };

export interface Wishes {
  /** The person said that nothing ran since the backup was made. */
  accepted: boolean;
  /** Only what no age can hurt: the seed, and the channels for closing. */
  withoutChannels: boolean;
  /** It was restored before. */
  used: boolean;
}

export type Verdict =
  | { ok: true; risk: "none" | "accepted" }
  | { ok: false; reason: "other_node" }
  /** What is in place has come further. No wish helps. */
  | { ok: false; reason: "older_than_place"; channels: readonly string[] }
  /** Nothing here shows that the copy is the newest state. */
  | { ok: false; reason: "maybe_stale" }
  | { ok: false; reason: "used" };

export function judgeRestore(
  backup: Pick<Manifest, "channels" | "moved" | "wallet">,
  place: Place,
  wishes: Wishes,
): Verdict {
  const saved = new Map(backup.channels.map(({ monitor, update_id }) => [monitor, BigInt(update_id)]));
  if (place.kind === "node") {
    const { wallet, channels } = place.state;
    if (wallet !== null && backup.wallet !== null && wallet !== backup.wallet)
      return { ok: false, reason: "other_node" };
    const newer = [...channels].filter(([monitor, id]) => id > (saved.get(monitor) ?? -1n)).map(([monitor]) => monitor);
    if (newer.length > 0) return { ok: false, reason: "older_than_place", channels: newer };
    const same = [...saved].every(([monitor, id]) => channels.get(monitor) === id);
    if (same) return { ok: true, risk: "none" };
  }
  if (wishes.withoutChannels || saved.size === 0) return { ok: true, risk: "none" };
  if (wishes.accepted) return { ok: true, risk: "accepted" };
  if (wishes.used) return { ok: false, reason: "used" };
  return backup.moved ? { ok: true, risk: "none" } : { ok: false, reason: "maybe_stale" };
}
