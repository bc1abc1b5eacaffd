/**
 * One life of a process: the ports it is given work until it dies, at once or after so many steps. A step is what can
 * be seen from outside: a commit, a send, an acknowledgement, each with a moment before and after.
 */
import type { Clock } from "../../src/clock.ts";
import type { EngineNode } from "../../src/engine/state.ts";
import type { KeysendRequest, NodeEvent } from "../../src/node/port.ts";
import type { PriceFeed } from "../../src/price/port.ts";
import type { Change, LedgerStore } from "../../src/stable/ledger.ts";
import type { SimNode } from "./network-port.ts";

export interface Life {
  ended: boolean;
  /** Dies when this many more steps have passed. */
  stepsLeft?: number;
  die: () => void;
}

/** What a test sees of a process, and what it has to say about it. */
export interface Watch {
  committed(changes: readonly Change[]): void;
  sending(request: KeysendRequest): void;
  acknowledged(event: NodeEvent): void;
}

/** A new one each time: what waits for it, a whole engine, goes when nobody else knows it. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

function step(life: Life): void {
  if (life.ended || life.stepsLeft === undefined) return;
  life.stepsLeft -= 1;
  if (life.stepsLeft <= 0) life.die();
}

/** Something that leaves a trace: the process may die right before it and right after. */
async function effect<T>(life: Life, work: () => T | Promise<T>): Promise<T> {
  step(life);
  if (life.ended) return never();
  try {
    return await work();
  } finally {
    step(life);
    // a dead process neither returns nor throws
    if (life.ended) await never();
  }
}

function look<T>(life: Life, work: () => Promise<T>): Promise<T> {
  return life.ended ? never() : work();
}

export function mortalNode(life: Life, node: SimNode, watch: Watch): EngineNode {
  return {
    balances: () => look(life, node.balances),
    channels: () => look(life, node.channels),
    payment: (id) => look(life, () => node.payment(id)),
    peers: () => look(life, node.peers),
    openChannel: (request) => effect(life, () => node.openChannel(request)),
    payments: () => look(life, node.payments),
    sign: (message) => look(life, () => node.sign(message)),
    verify: (message, signature, nodeId) => look(life, () => node.verify(message, signature, nodeId)),
    closeChannel: (id, peer) => effect(life, () => node.closeChannel(id, peer)),
    forceCloseChannel: (id, peer, reason) => effect(life, () => node.forceCloseChannel(id, peer, reason)),
    keysend: (request) =>
      effect(life, () => {
        watch.sending(request);
        return node.keysend(request);
      }),
  };
}

export function mortalStore<S extends LedgerStore>(life: Life, store: S, watch: Watch): S {
  return {
    ...store,
    load: () => look(life, () => store.load()),
    seen: (key: string) => look(life, () => store.seen(key)),
    agreement: (id: string) => look(life, () => store.agreement(id)),
    settlement: (id: string) => look(life, () => store.settlement(id)),
    settlements: (id: string) => look(life, () => store.settlements(id)),
    revisions: (id: string) => look(life, () => store.revisions(id)),
    commit: (changes: readonly Change[]) =>
      effect(life, async () => {
        await store.commit(changes);
        // a torn commit is none
        if (!life.ended) watch.committed(changes);
      }),
  };
}

export function acknowledge(life: Life, node: SimNode, event: NodeEvent, watch: Watch): Promise<void> {
  return effect(life, () => {
    node.acknowledge();
    watch.acknowledged(event);
  });
}

export function mortalClock(life: Life, clock: Clock): Clock {
  return {
    wallMs: clock.wallMs,
    steadyMs: clock.steadyMs,
    after: (ms, run) =>
      clock.after(ms, () => {
        if (!life.ended) run();
      }),
  };
}

export function mortalFeed(life: Life, feed: PriceFeed): PriceFeed {
  return {
    ...feed,
    onUpdate: (listener) =>
      feed.onUpdate((update) => {
        if (!life.ended) listener(update);
      }),
  };
}
