/**
 * What the owner chose for a peer that won't pay (`policy.exit`): wait for it or for a person; end the agreement, alone
 * where the peer does not answer; or end it and close the channels, together if the peer will, else alone. A difference
 * between the books is never a reason to leave by itself: that is for a person to look at. Both waits are on disk, so
 * that a restart neither forgets the way out nor begins it anew.
 */
import { reasonOf } from "../errors.ts";
import { counterpartyOf } from "../stable/book.ts";
import { freezeCause } from "../stable/freeze.ts";
import type { KeptOf, LeavingChannel } from "../stable/kept.ts";
import type { Change } from "../stable/ledger.ts";
import { frozenLine } from "./claim.ts";
import { beginEnd } from "./end.ts";
import { commit, type Engine, type Live, livesWith, moved, now } from "./state.ts";

/** How long the peer may take to agree to the end, and to a close. */
const END_ALONE_MS = 600_000;
const CLOSE_ALONE_MS = 120_000;

export async function followExits(engine: Engine): Promise<void> {
  const { exits, exitCloses, live } = engine.state;
  if (engine.deps.policy.exit !== "wait") {
    for (const one of [...live.values()]) {
      if (one.agreement.status === "frozen" && !exits.has(one.agreement.id)) await leave(engine, one);
    }
  }
  for (const exit of [...exits.values()]) await followExit(engine, exit);
  for (const closing of [...exitCloses.values()]) await followClose(engine, closing);
  lookAgain(engine);
}

async function leave(engine: Engine, live: Live): Promise<void> {
  const { agreement } = live;
  const cause = freezeCause(agreement);
  if (cause === undefined || cause === "book") return;
  const peer = counterpartyOf(agreement);
  const exit = { kind: "exit", agreementId: agreement.id, peer, since: now(engine.deps) } as const;
  await commit(engine, [{ put: "kept", kept: exit }]);
  await beginEnd(engine, live, agreement.reason ?? cause);
}

/** The peer may have refused the end, and then it is as before; else it is over, by both or by us. */
async function followExit(engine: Engine, exit: KeptOf<"exit">): Promise<void> {
  const live = engine.state.live.get(exit.agreementId);
  const ending = live?.agreement.status === "ending";
  if (ending && waitedMs(engine, exit) < END_ALONE_MS) return;
  const ended = ending ? moved(live.agreement, "forced", now(engine.deps), live.agreement.reason) : undefined;
  const over: Change[] = ended === undefined ? [] : [{ put: "agreement", agreement: ended }, frozenLine(ended)];
  const others = livesWith(engine.state, exit.peer).filter(({ agreement }) => agreement.id !== exit.agreementId);
  const leaves = (ending || live === undefined) && others.length === 0 && engine.deps.policy.exit === "close";
  const closing = leaves ? await closingOf(engine, exit) : undefined;
  await commit(engine, [
    { drop: "kept", kind: "exit", agreementId: exit.agreementId },
    ...over,
    ...(closing === undefined ? [] : closeChanges(closing)),
  ]);
  engine.waitsSinceMs.delete(nameOf(exit));
  if (closing === undefined) return;
  engine.waitsSinceMs.set(nameOf(closing), engine.deps.clock.steadyMs());
  await askToClose(engine, closing);
}

async function closingOf(engine: Engine, { agreementId, peer }: KeptOf<"exit">): Promise<KeptOf<"exit_close">> {
  const channels = (await engine.deps.node.channels())
    .filter((c) => c.counterparty === peer)
    .map(({ channelId, userChannelId }) => ({ channelId, userChannelId }));
  return { kind: "exit_close", agreementId, peer, since: now(engine.deps), channels };
}

function closeChanges(closing: KeptOf<"exit_close">): Change[] {
  return [{ put: "kept", kept: closing }, ...closing.channels.map((channel) => said(closing, "exit_close", channel))];
}

function said(
  { agreementId, peer }: KeptOf<"exit_close">,
  kind: string,
  { channelId }: LeavingChannel,
  data: Record<string, unknown> = {},
): Change {
  return { put: "audit", entry: { kind, agreementId, peer, data: { channel_id: channelId, ...data } } };
}

/** Together, or alone at once where that is refused. */
async function askToClose(engine: Engine, closing: KeptOf<"exit_close">): Promise<void> {
  for (const channel of closing.channels) {
    try {
      await engine.deps.node.closeChannel(channel.userChannelId, closing.peer);
    } catch (error) {
      await commit(engine, [said(closing, "exit_close_refused", channel, { reason: reasonOf(error) })]);
      await closeAlone(engine, closing, channel);
    }
  }
}

/** After a restart: whether the peer was asked is not known, and a channel that is shutting down refuses to be asked. */
async function askOnceMore(engine: Engine, closing: KeptOf<"exit_close">, left: LeavingChannel[]): Promise<void> {
  for (const channel of left) {
    await engine.deps.node
      .closeChannel(channel.userChannelId, closing.peer)
      .catch((error: unknown) =>
        commit(engine, [said(closing, "exit_close_refused", channel, { reason: reasonOf(error) })]),
      );
  }
}

/** The channel may have closed a moment before. What is still there after the next wait is closed then. */
async function closeAlone(engine: Engine, closing: KeptOf<"exit_close">, channel: LeavingChannel): Promise<void> {
  await commit(engine, [said(closing, "exit_force_close", channel)]);
  engine.waitsSinceMs.set(nameOf(closing), engine.deps.clock.steadyMs());
  try {
    await engine.deps.node.forceCloseChannel(channel.userChannelId, closing.peer, "the peer does not pay");
  } catch (error) {
    await commit(engine, [said(closing, "exit_force_close_failed", channel, { reason: reasonOf(error) })]);
  }
}

/** Until the last of the channels is gone. A policy that no longer closes calls it off. */
async function followClose(engine: Engine, closing: KeptOf<"exit_close">): Promise<void> {
  const there = new Set((await engine.deps.node.channels()).map(({ userChannelId }) => userChannelId));
  const left = closing.channels.filter(({ userChannelId }) => there.has(userChannelId));
  const calledOff = engine.deps.policy.exit !== "close";
  if (left.length > 0 && !calledOff) {
    if (!engine.waitsSinceMs.has(nameOf(closing))) await askOnceMore(engine, closing, left);
    if (waitedMs(engine, closing) < CLOSE_ALONE_MS) return;
    for (const channel of left) await closeAlone(engine, closing, channel);
    return;
  }
  engine.waitsSinceMs.delete(nameOf(closing));
  await commit(engine, [
    { drop: "kept", kind: "exit_close", agreementId: closing.agreementId },
    ...left.map((channel) => said(closing, "exit_close_called_off", channel)),
  ]);
}

type Waiting = KeptOf<"exit" | "exit_close">;

const nameOf = ({ kind, agreementId }: Waiting): string => `${kind} ${agreementId}`;

/** How long it has lasted: by the steady clock since we saw it begin, and by the wall's for what passed before. */
function waitedMs(engine: Engine, waiting: Waiting): number {
  const { clock } = engine.deps;
  const before = Math.max(0, now(engine.deps) - waiting.since) * 1_000;
  const began = engine.waitsSinceMs.get(nameOf(waiting)) ?? clock.steadyMs() - before;
  engine.waitsSinceMs.set(nameOf(waiting), began);
  return clock.steadyMs() - began;
}

/** When the next wait is over, whatever the price does. */
function lookAgain(engine: Engine): void {
  const { exits, exitCloses } = engine.state;
  engine.cancelExitLook?.();
  const left = [
    ...[...exits.values()].map((exit) => END_ALONE_MS - waitedMs(engine, exit)),
    ...[...exitCloses.values()].map((closing) => CLOSE_ALONE_MS - waitedMs(engine, closing)),
  ];
  if (left.length === 0) return;
  const ms = Math.max(Math.min(...left), LOOK_MS);
  engine.cancelExitLook = engine.deps.clock.after(ms, () => engine.later(() => followExits(engine)));
}

const LOOK_MS = 1_000;
