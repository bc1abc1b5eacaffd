/**
 * What the owner chose for a peer that won't pay (`policy.exit`): wait for it or for a person; end the agreement, alone
 * where the peer does not answer; or end it and close the channels, together if the peer will, else alone. A difference
 * between the books is never a reason to leave by itself: that is for a person to look at.
 */
import { reasonOf } from "../errors.ts";
import type { Channel } from "../node/port.ts";
import { counterpartyOf } from "../stable/book.ts";
import { freezeCause } from "../stable/freeze.ts";
import { frozenLine } from "./claim.ts";
import { beginEnd } from "./end.ts";
import { commit, type Engine, type Live, livesWith, moved, now } from "./state.ts";

/** How long the peer may take to agree to the end, and to a close. */
const END_ALONE_MS = 600_000;
const CLOSE_ALONE_MS = 120_000;

export async function followExits(engine: Engine): Promise<void> {
  const { exit } = engine.deps.policy;
  for (const live of [...engine.state.live.values()]) {
    if (exit !== "wait" && live.agreement.status === "frozen" && !engine.exits.has(live.agreement.id)) {
      await leave(engine, live);
    }
  }
  for (const [id, { peer, sinceMs }] of [...engine.exits]) {
    const live = engine.state.live.get(id);
    const ending = live?.agreement.status === "ending";
    if (ending && engine.deps.clock.steadyMs() - sinceMs < END_ALONE_MS) continue;
    engine.exits.delete(id);
    if (ending) await endAlone(engine, live);
    // The peer may have refused the end, and then it is as before; else it is over, by both or by us.
    if (!engine.state.live.has(id)) await closeAfterExit(engine, peer, id);
  }
}

async function leave(engine: Engine, live: Live): Promise<void> {
  const { agreement } = live;
  const cause = freezeCause(agreement);
  if (cause === undefined || cause === "book") return;
  engine.exits.set(agreement.id, { peer: counterpartyOf(agreement), sinceMs: engine.deps.clock.steadyMs() });
  engine.deps.clock.after(END_ALONE_MS, () => engine.later(() => followExits(engine)));
  await beginEnd(engine, live, agreement.reason ?? cause);
}

async function endAlone(engine: Engine, { agreement }: Live): Promise<void> {
  const ended = moved(agreement, "forced", now(engine.deps), agreement.reason);
  await commit(engine, [{ put: "agreement", agreement: ended }, frozenLine(ended)]);
}

/** Where the policy says so, and nothing else is agreed with the peer. */
async function closeAfterExit(engine: Engine, peer: string, agreementId: string): Promise<void> {
  if (engine.deps.policy.exit !== "close" || livesWith(engine.state, peer).length > 0) return;
  const channels = (await engine.deps.node.channels()).filter((c) => c.counterparty === peer);
  for (const channel of channels) await close(engine, channel, agreementId);
}

async function close(engine: Engine, channel: Channel, agreementId: string): Promise<void> {
  const { node, clock } = engine.deps;
  const { channelId, userChannelId, counterparty: peer } = channel;
  const say = (kind: string, data: Record<string, unknown>) =>
    commit(engine, [{ put: "audit", entry: { kind, agreementId, peer, data: { channel_id: channelId, ...data } } }]);
  await say("exit_close", {});
  try {
    await node.closeChannel(userChannelId, peer);
  } catch (error) {
    await say("exit_close_refused", { reason: reasonOf(error) });
    return closeAlone(engine, channel, say);
  }
  clock.after(CLOSE_ALONE_MS, () =>
    engine.later(async () => {
      const there = (await node.channels()).some((c) => c.userChannelId === userChannelId);
      if (there) await closeAlone(engine, channel, say);
    }),
  );
}

async function closeAlone(
  engine: Engine,
  { userChannelId, counterparty }: Channel,
  say: (kind: string, data: Record<string, unknown>) => Promise<void>,
): Promise<void> {
  await say("exit_force_close", {});
  await engine.deps.node.forceCloseChannel(userChannelId, counterparty, "the peer does not pay");
}
