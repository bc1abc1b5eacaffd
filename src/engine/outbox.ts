/**
 * Control messages on their way: journaled when they are made, sent one at a time and in order per peer, sent again
 * after a failure, dropped when their time is over. A message that arrives twice changes nothing at the peer.
 */
import { createHash } from "node:crypto";
import { CodedError, reasonOf } from "../errors.ts";
import type { Agreement, Envelope } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import { encodeEnvelope, payloadOf } from "../stable/envelope.ts";
import type { Change, OutboxMessage } from "../stable/ledger.ts";
import { lifetimes, type Message, STABLE_RECORD_TYPE } from "../stable/messages.ts";
import { balancesByPeer } from "../stable/peer-balances.ts";
import { type Msat, msat } from "../stable/units.ts";
import { strike } from "./claim-strikes.ts";
import { commit, type Engine, hex, now } from "./state.ts";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** A payment that has neither arrived nor come back by then is waited for no longer. */
const SILENT_MS = 300_000;

export function paymentIdOf(preimage: string): string {
  return createHash("sha256").update(Buffer.from(preimage, "hex")).digest("hex");
}

export async function signed(engine: Engine, message: Message): Promise<Envelope> {
  const payload = payloadOf(message);
  return { payload, signature: await engine.deps.node.sign(payload) };
}

/** The record of a keysend that carries an envelope. */
export function recordOf(envelope: Envelope): { type: bigint; value: string } {
  return { type: STABLE_RECORD_TYPE, value: encodeEnvelope(envelope) };
}

/** The change that queues a message for the agreement's peer. */
export function queued(engine: Engine, agreement: Agreement, message: Message, envelope: Envelope): Change {
  return queuedFor(engine, counterpartyOf(agreement), message, envelope);
}

export function queuedFor(engine: Engine, peer: string, message: Message, envelope: Envelope): Change {
  const seconds = lifetimes[message.type].queueSeconds;
  const preimage = hex(engine.deps.random(32));
  return {
    put: "outbox",
    message: {
      id: paymentIdOf(preimage),
      agreementId: message.agreement,
      peer,
      type: message.type,
      envelope,
      createdAt: now(engine.deps),
      ...(seconds === undefined ? {} : { expiresAt: now(engine.deps) + seconds }),
      preimage,
      paymentId: paymentIdOf(preimage),
      attempts: 0,
    },
  };
}

/** How many messages are handed to the node at once, over all peers. */
const MAX_SENDING = 64;

/** Sends the first message of every peer that has none under way. Errors of sending wait for their retry. */
export async function pump(engine: Engine): Promise<void> {
  const { state, deps } = engine;
  if (state.outbox.size === 0) return;
  await giveUpSilent(engine);
  await dropExpired(engine);
  const waiting = state.outbox.firsts().filter(({ id }) => !engine.sending.has(id) && !engine.resting.has(id));
  if (waiting.length === 0) return;
  const balancesOf = balancesByPeer(await deps.node.channels());
  for (const first of waiting) {
    if (engine.sending.size >= MAX_SENDING) return;
    // Which side we are makes no difference to what can be sent.
    const { usable, sendableMsat, leastSendableMsat } = balancesOf(first.peer, "provider");
    const carried = leastSendableMsat > 1n ? leastSendableMsat : msat(1n);
    if (usable === 0 || sendableMsat < carried) continue;
    await send(engine, first, carried);
  }
}

/**
 * A node may never say how a payment ended (ldk-node #966), and one message that is waited for holds up all behind it.
 * After a while it goes out anew: heard twice it changes nothing.
 */
async function giveUpSilent(engine: Engine): Promise<void> {
  const { state, sending, deps } = engine;
  const steady = deps.clock.steadyMs();
  for (const message of [...state.outbox.all()]) {
    const since = sending.get(message.id);
    if (since === undefined || steady - since < SILENT_MS) continue;
    await failed(engine, message, "the node has not said how its payment ended");
  }
}

async function send(engine: Engine, message: OutboxMessage, amountMsat: Msat): Promise<void> {
  const { preimage, paymentId } = message;
  if (preimage === undefined) return;
  engine.sending.set(message.id, engine.deps.clock.steadyMs());
  engine.deps.clock.after(SILENT_MS, () => engine.later(() => pump(engine)));
  const again = paymentId !== undefined && engine.earlierMessages.has(paymentId);
  try {
    await engine.deps.node.keysend({
      nodeId: message.peer,
      amountMsat,
      preimage,
      records: [recordOf(message.envelope)],
      ...(again ? { again } : {}),
    });
  } catch (error) {
    // It left in an earlier life: its event is on the way, unless it came and went before we stopped. It may have no
    // record at the node all the same (ldk-node #969); sent anew it would be heard twice.
    const known = error instanceof CodedError && error.code === "already_paid";
    const payment =
      known && message.paymentId !== undefined ? await engine.deps.node.payment(message.paymentId) : undefined;
    if (payment?.status === "succeeded") return delivered(engine, message);
    if (known && payment?.status !== "failed") return;
    await failed(engine, message, reasonOf(error));
  }
}

/** The peer has it, so the next one may go. */
async function delivered(engine: Engine, message: OutboxMessage): Promise<void> {
  engine.sending.delete(message.id);
  await commit(engine, deliveredChanges(engine, message));
  engine.later(() => pump(engine));
}

async function dropExpired(engine: Engine): Promise<void> {
  const at = now(engine.deps);
  const expired = [...engine.state.outbox.all()].filter((m) => (m.expiresAt ?? at) < at && !engine.sending.has(m.id));
  // The peer does not know that we accepted: comparing books tells it.
  for (const { type, peer } of expired) if (type === "accept") engine.synced.delete(peer);
  await commit(
    engine,
    expired.flatMap((m): Change[] => [{ drop: "outbox", id: m.id }, audited("message_expired", m, {})]),
  );
}

export function audited(kind: string, message: OutboxMessage, data: Record<string, unknown>): Change {
  const { agreementId, peer, type, envelope } = message;
  return { put: "audit", entry: { kind, agreementId, peer, data: { type, payload: envelope.payload, ...data } } };
}

export function messageOfPayment(engine: Engine, paymentId: string | undefined): OutboxMessage | undefined {
  return engine.state.outbox.byPayment(paymentId);
}

/** The peer has it. */
export function deliveredChanges(engine: Engine, message: OutboxMessage): Change[] {
  return [{ drop: "outbox", id: message.id }, audited("message_sent", message, {}), ...strike(engine, message)];
}

/** Copies of a proposal that was answered need not go out any more. */
export function answeredDrops(
  engine: Engine,
  { agreementId, payload }: { agreementId: string; payload: string },
): Change[] {
  return engine.state.outbox
    .ofAgreement(agreementId)
    .filter((m) => m.envelope.payload === payload && !engine.sending.has(m.id))
    .map(({ id }) => ({ drop: "outbox", id }));
}

/** It did not arrive: again later under a new preimage, since LDK must not see one twice. */
export async function failed(engine: Engine, message: OutboxMessage, reason: string): Promise<void> {
  const preimage = hex(engine.deps.random(32));
  const again: OutboxMessage = {
    ...message,
    preimage,
    paymentId: paymentIdOf(preimage),
    attempts: message.attempts + 1,
  };
  engine.sending.delete(message.id);
  engine.resting.add(message.id);
  engine.deps.clock.after(Math.min(FIRST_RETRY_MS * 2 ** message.attempts, LAST_RETRY_MS), () => {
    engine.resting.delete(message.id);
    engine.later(() => pump(engine));
  });
  await commit(engine, [{ put: "outbox", message: again }, audited("message_failed", message, { reason })]);
}
