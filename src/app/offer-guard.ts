/**
 * Keeps an LSP from offering what it can't serve. LDK 0.2 looks at the funds only once a payment is there, and holds
 * that payment until shortly before its timeout if they don't suffice; ldk-node 0.7.1 has no call to fail it earlier,
 * to try again, or to refuse one buyer. What is left is to notice, to tell, and to offer less: by another menu, which
 * needs a new session.
 */
import type { Clock } from "../clock.ts";
import { moveOf } from "../lsp/offer.ts";
import type { LogLine, Node } from "../node/port.ts";
import type { LedgerStore } from "../stable/ledger.ts";
import type { LspDesk } from "./lsp-desk.ts";

/** A promise too large has to last this long before it is taken back, a menu too small before it grows again. */
const PATIENCE_MS = { tighten: 30_000, loosen: 10_000 } as const;
const LOOK_MS = 5_000;
/** A transaction that was just made may not have left the node yet: nothing has changed for this long before it stops. */
const QUIET_MS = 2_000;
/** The day's cap frees itself as time goes on. */
const REST_MS = 60_000;
const LOG_LINES = 100;

interface Unserved {
  /** `insufficient_funds`, `peer_away` or `open_failed`. */
  reason: string;
  data: Record<string, string>;
}

/** What ldk-node 0.7.1 logs of a JIT channel that it does not open. It tells nobody else. */
const unservedLines: readonly { pattern: RegExp; read(found: RegExpExecArray): Unserved }[] = [
  {
    pattern: /^Unable to create channel due to insufficient funds\. Available: (\d+)sats, Required: (\d+)sats$/,
    read: ([, has = "", needs = ""]) => ({
      reason: "insufficient_funds",
      data: { available_sat: has, required_sat: needs },
    }),
  },
  {
    pattern: /^Failed to open LSPS2 channel to (0[23][0-9a-f]{64}) due to peer not being not connected/,
    read: ([, peer = ""]) => ({ reason: "peer_away", data: { peer } }),
  },
  {
    pattern: /^Failed to open LSPS2 channel to (0[23][0-9a-f]{64}): (.*)$/s,
    read: ([, peer = "", detail = ""]) => ({ reason: "open_failed", data: { peer, detail: detail.slice(0, 200) } }),
  },
];

/** What a line of the node's log says of a payment that is held and can't be served; undefined for any other. */
export function unservedBy({ module, message }: Pick<LogLine, "module" | "message">): Unserved | undefined {
  if (!module.startsWith("ldk_node::liquidity")) return undefined;
  for (const { pattern, read } of unservedLines) {
    const found = pattern.exec(message);
    if (found !== null) return read(found);
  }
  return undefined;
}

interface Parts {
  desk: LspDesk;
  node: Pick<Node, "log" | "channels" | "onChange">;
  store: Pick<LedgerStore, "commit">;
  clock: Clock;
  broken: (error: unknown) => void;
}

/** @returns the way to stop */
export function guardOffer({ desk, node, store, clock, broken }: Parts): () => void {
  let stopped = false;
  /** Since the last look began; and when the last change was, in steady milliseconds. */
  let changed = false;
  let changedMs = 0;
  let seen = 0n;
  /** Since when (steady milliseconds) the menu should be another one, and in which direction. */
  let due: { move: "tighten" | "loosen"; sinceMs: number } | undefined;
  let cancel: (() => void) | undefined;

  /** What is held because of us is written down with its reason. Whether there was any. */
  async function tell(): Promise<boolean> {
    const lines = await node.log({ maxLines: LOG_LINES, afterSeq: seen, minLevel: "error" });
    seen = lines.at(-1)?.seq ?? seen;
    const unserved = lines.flatMap((line) => unservedBy(line) ?? []);
    if (unserved.length > 0) {
      await store.commit(
        unserved.map(({ reason, data }) => ({
          put: "audit",
          entry: { kind: "jit_unserved", data: { reason, ...data } },
        })),
      );
    }
    return unserved.some(({ reason }) => reason === "insufficient_funds");
  }

  /** A channel whose funding is being negotiated would be lost with the connection. */
  async function isQuiet(): Promise<boolean> {
    if (clock.steadyMs() - changedMs < QUIET_MS) return false;
    return (await node.channels()).every(({ fundingTxid }) => fundingTxid !== undefined);
  }

  async function weigh(short: boolean): Promise<void> {
    if (!desk.office.withdraws) return;
    const facts = await desk.facts();
    const wanted = desk.wanted(facts);
    const move = moveOf(desk.office.menu, wanted);
    const now = clock.steadyMs();
    if (move === undefined) due = undefined;
    else if (due?.move !== move) due = { move, sinceMs: now };
    if (due === undefined || stopped) return;
    const ripe = now - due.sinceMs >= PATIENCE_MS[due.move] || (short && due.move === "tighten");
    if (ripe && (await isQuiet())) desk.offer(wanted, facts.rates);
  }

  async function look(): Promise<void> {
    changed = false;
    await weigh(await tell());
    later(due !== undefined || changed ? LOOK_MS : REST_MS);
  }

  function later(ms: number): void {
    cancel?.();
    if (stopped) return;
    cancel = clock.after(ms, () => {
      cancel = undefined;
      void look().catch((error: unknown) => stopped || broken(error));
    });
  }

  const stopListening = node.onChange(() => {
    // A look that is under way schedules the next one itself.
    if (!changed && cancel !== undefined) later(LOOK_MS);
    changed = true;
    changedMs = clock.steadyMs();
  });
  later(LOOK_MS);
  return () => {
    stopped = true;
    stopListening();
    cancel?.();
  };
}
