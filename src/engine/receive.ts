/** What a keysend with our record does: parsed, its signature verified, judged by the pure checks, committed whole. */
import { CodedError, reasonOf } from "../errors.ts";
import type { CustomRecord } from "../node/port.ts";
import type { Agreement } from "../stable/agreement.ts";
import { counterpartyOf } from "../stable/book.ts";
import { decodeRecord } from "../stable/envelope.ts";
import type { AuditEntry, Change } from "../stable/ledger.ts";
import { type Message, STABLE_RECORD_TYPE } from "../stable/messages.ts";
import type { Msat } from "../stable/units.ts";
import { onAccept, onReject } from "./answer.ts";
import { onClaim } from "./claim.ts";
import { onEnd } from "./end.ts";
import type { Incoming } from "./incoming.ts";
import { onPropose } from "./propose.ts";
import { onSettle } from "./received.ts";
import { onRevise } from "./revise.ts";
import { onSpent } from "./spent.ts";
import { commit, type Engine, now } from "./state.ts";
import { onSync } from "./sync.ts";

export interface Arrival {
  paymentId: string;
  amountMsat: Msat;
  records: readonly CustomRecord[];
}

/** @param extra what else the event leaves in the ledger; committed in the same step */
export async function receive(engine: Engine, arrival: Arrival, extra: readonly Change[]): Promise<void> {
  const record = arrival.records.find((r) => r.type === STABLE_RECORD_TYPE);
  const key = `received:${arrival.paymentId}`;
  if (record === undefined || (await engine.deps.store.seen(key))) return commit(engine, extra);
  const base: Change[] = [...extra, { put: "seen", key, at: now(engine.deps) }];
  try {
    await hear(engine, arrival, record, base);
  } catch (error) {
    // Its event would come again at each start. Of a fault of ours no peer may make a role that never runs again: what is
    // not booked stays native, and the peer's next sync shows what differs.
    if (error instanceof CodedError || (await engine.deps.store.seen(key))) throw error;
    await commit(engine, [...base, refusedLine({ data: { reason: reasonOf(error), bytes: record.value } })]);
  }
}

async function hear(
  engine: Engine,
  { paymentId, amountMsat }: Arrival,
  record: CustomRecord,
  base: Change[],
): Promise<void> {
  const decoded = decodeRecord(record.value);
  if (!decoded.ok) {
    return commit(engine, [
      ...base,
      refusedLine({ data: { code: decoded.code, reason: decoded.reason, bytes: record.value } }),
    ]);
  }
  const { message, envelope } = decoded;
  const agreement = await agreementOf(engine, message.agreement);
  const peer = agreement === undefined ? await proposerOf(engine, message) : counterpartyOf(agreement);
  if (peer === undefined || !(await engine.deps.node.verify(envelope.payload, envelope.signature, peer))) {
    const reason = peer === undefined ? "unknown agreement" : "the signature is not the peer's";
    return commit(engine, [
      ...base,
      refusedLine({ agreementId: message.agreement, data: { reason, payload: envelope.payload } }),
    ]);
  }
  await dispatch(engine, { message, envelope, peer, paymentId, amountMsat, agreement }, base);
}

async function dispatch(engine: Engine, incoming: Incoming, base: Change[]): Promise<void> {
  const { message } = incoming;
  switch (message.type) {
    case "propose":
      return onPropose(engine, { ...incoming, message }, base);
    case "accept":
      return onAccept(engine, { ...incoming, message }, base);
    case "reject":
      return onReject(engine, { ...incoming, message }, base);
    case "settle":
      return onSettle(engine, { ...incoming, message }, base);
    case "end":
      return onEnd(engine, { ...incoming, message }, base);
    case "revise":
      return onRevise(engine, { ...incoming, message }, base);
    case "spent":
      return onSpent(engine, { ...incoming, message }, base);
    case "claim":
      return onClaim(engine, { ...incoming, message }, base);
    case "sync":
      return onSync(engine, { ...incoming, message }, base);
  }
}

function agreementOf(engine: Engine, id: string): Promise<Agreement | undefined> {
  const live = engine.state.live.get(id);
  return live === undefined ? engine.deps.store.agreement(id) : Promise.resolve(live.agreement);
}

/** A propose names the channel; whoever is at its other end has to have signed it. */
async function proposerOf(engine: Engine, message: Message): Promise<string | undefined> {
  if (message.type !== "propose") return undefined;
  const channels = await engine.deps.node.channels();
  return channels.find((channel) => channel.channelId === message.channel_id)?.counterparty;
}

function refusedLine(entry: Omit<AuditEntry, "kind">): Change {
  return { put: "audit", entry: { kind: "message_refused", ...entry } };
}
