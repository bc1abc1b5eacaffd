/**
 * The engine of one role: events, prices and commands go through one queue, one after the other; each is judged by the
 * pure core, committed to the ledger in one step, and only then acted upon.
 */
import type { NodeEvent } from "../node/port.ts";
import type { Change } from "../stable/ledger.ts";
import { isTriggered } from "../stable/position.ts";
import { StableError } from "../stable/stable-error.ts";
import { followCarryOvers } from "./carry-over.ts";
import { advanceEnd, resumePeerEnd } from "./end.ts";
import { onEvent } from "./events.ts";
import { followExits } from "./exit.ts";
import { pump } from "./outbox.ts";
import { expireProposals } from "./pending.ts";
import type { StablePort } from "./port.ts";
import { serialQueue } from "./serial-queue.ts";
import { endEmpty, watchSpends } from "./spent.ts";
import { stablePort } from "./stable-port.ts";
import { loadEngine, reconcile, resendUnknown } from "./start.ts";
import { type Engine, type EngineDeps, now } from "./state.ts";
import { askPeers, syncPeers } from "./sync.ts";
import { type Look, tick } from "./tick.ts";

/** After a start the node first repeats the events it kept; only then is what it does not know of offered to it again. */
const REPLAY_MS = 1_000;
const ASK_SECONDS = 60;

export interface RunningEngine {
  port: StablePort;
  /** Journals an event and everything it means. Resolved: on disk, so the event may be acknowledged. */
  handle(event: NodeEvent, extra: readonly Change[]): Promise<void>;
  /** Channels or peers changed: what waited for them is tried again. */
  poke(): void;
  onChange(listener: () => void): () => void;
  /** The first error that keeps the engine from going on (a full disk, say). */
  fault(): Error | undefined;
  /** Resolves once what waits in the queue now has had its turn. */
  turn(): Promise<void>;
  /** Stops looking at prices; what is under way ends through events after the next start. */
  stop(): Promise<void>;
}

/** @throws StoreError when the ledger can't be read */
export async function startEngine(deps: EngineDeps): Promise<RunningEngine> {
  const queue = serialQueue();
  const listeners = new Set<() => void>();
  let fault: Error | undefined;
  let stopped = false;
  let cancelNext: (() => void) | undefined;
  let replayed = false;

  const { state, unfinished } = await loadEngine(deps);
  const engine: Engine = {
    deps,
    state,
    sending: new Map(),
    resting: new Set(),
    pending: new Map(),
    peerEnds: new Map(),
    waiters: new Map(),
    spentPeers: new Set(),
    synced: new Set(),
    syncLater: new Set(),
    waitsSinceMs: new Map(),
    conceded: new Map(),
    answers: new Map(),
    earlier: new Set(),
    offered: new Set(),
    earlierMessages: new Set(),
    carrySteps: new Map(),
    later: (task) => void run(task).catch(() => undefined),
    afterwards,
  };

  function changed(): void {
    for (const listener of [...listeners]) listener();
  }

  /** One task of the queue. Its error is kept: money waits until somebody has seen it. */
  function run<T>(task: () => Promise<T>): Promise<T> {
    return queue(async () => {
      if (stopped) throw new StableError("node_not_running", "The role is stopping.");
      try {
        return await task();
      } catch (error) {
        if (!(error instanceof StableError)) fault ??= error instanceof Error ? error : new Error(String(error));
        throw error;
      } finally {
        changed();
      }
    });
  }

  async function look(how: Look): Promise<void> {
    await expireProposals(engine);
    await tick(engine, how);
    await followExits(engine);
    await followCarryOvers(engine);
    await askPeers(engine);
    await pump(engine);
    scheduleNext();
  }

  /** Where something is due or under way another look follows when the interval is over, at the price of then. */
  function scheduleNext(): void {
    cancelNext?.();
    cancelNext = undefined;
    let soonest = Number.POSITIVE_INFINITY;
    const at = now(deps);
    const usable = deps.price.usable("settle");
    for (const { agreement, open, lastDecision, lastCheckAt, triggers } of state.live.values()) {
      // What only the peer's book can tell is asked for without a price too.
      if (open !== undefined) soonest = Math.min(soonest, ASK_SECONDS);
      if (lastCheckAt === undefined) continue;
      const quiet = lastDecision?.action === "none" && agreement.status === "active";
      if (quiet && !(usable.ok && isTriggered(triggers, usable.price))) continue;
      const { checkSeconds } = agreement.terms;
      const left = at < lastCheckAt ? 0 : lastCheckAt + checkSeconds - at;
      soonest = Math.min(soonest, Math.max(left, 1));
    }
    if (stopped || soonest === Number.POSITIVE_INFINITY) return;
    cancelNext = deps.clock.after(soonest * 1000, () => engine.later(() => look("due")));
  }

  /** What becomes possible once an event is on disk; never part of handling it. */
  async function afterwards(): Promise<void> {
    if (replayed) await resendUnknown(engine);
    await pump(engine);
    for (const id of [...engine.peerEnds.keys()]) await resumePeerEnd(engine, id);
    for (const live of [...state.live.values()]) await advanceEnd(engine, live);
    await watchSpends(engine);
    await endEmpty(engine);
    await syncPeers(engine, await deps.node.channels());
    await pump(engine);
    await look("due");
  }

  const stopListening = deps.price.onUpdate(({ byHand }) => engine.later(() => look(byHand ? "all" : "due")));
  engine.later(async () => {
    await reconcile(engine, unfinished);
    await afterwards();
  });
  const cancelResend = deps.clock.after(REPLAY_MS, () =>
    engine.later(async () => {
      replayed = true;
      await afterwards();
    }),
  );

  return {
    port: stablePort(engine, run),
    async handle(event, extra) {
      await run(() => onEvent(engine, event, extra));
      engine.later(afterwards);
    },
    poke: () => engine.later(afterwards),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    fault: () => fault,
    turn: () => queue(async () => undefined),
    async stop() {
      stopListening();
      cancelResend();
      cancelNext?.();
      engine.cancelCarryLook?.();
      engine.cancelExitLook?.();
      await queue(async () => {
        stopped = true;
      });
    },
  };
}
