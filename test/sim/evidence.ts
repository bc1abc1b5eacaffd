/** What the rules read out of messages: settlements under way, and who signed a rev. */
import type { KeysendRequest } from "../../src/node/port.ts";
import type { Agreement } from "../../src/stable/agreement.ts";
import { decodePayload, decodeRecord } from "../../src/stable/envelope.ts";
import type { Revision } from "../../src/stable/ledger.ts";
import { type Settle, STABLE_RECORD_TYPE } from "../../src/stable/messages.ts";
import { signatureOf } from "./keys.ts";

/** The settle in a payment's records, if there is one. Read once per record: each is sent, claimed and acknowledged. */
export function settleReader(): (records: KeysendRequest["records"]) => Settle | undefined {
  const known = new Map<string, Settle | undefined>();
  return (records) => {
    const value = records?.find(({ type }) => type === STABLE_RECORD_TYPE)?.value;
    if (value === undefined || known.has(value)) return known.get(value ?? "");
    const decoded = decodeRecord(value);
    const settle = decoded.ok && decoded.message.type === "settle" ? decoded.message : undefined;
    known.set(value, settle);
    return settle;
  };
}

/** The proposal names this state and one party signed it; the acceptance names it and the other signed that. */
export function signedByBoth(agreement: Agreement, revision: Revision): boolean {
  const { proposal, acceptance } = revision;
  if (acceptance === undefined) return false;
  const proposed = decodePayload(proposal);
  const accepted = decodePayload(acceptance);
  if (!proposed.ok || !accepted.ok || !("state_hash" in proposed.message)) return false;
  // a sync of the peer at that state stands for an accept that was lost
  if (accepted.message.type !== "accept" && accepted.message.type !== "sync") return false;
  const { receiver, provider } = agreement;
  const byReceiver = signatureOf(receiver, proposal.payload) === proposal.signature;
  const [proposer, other] = byReceiver ? [receiver, provider] : [provider, receiver];
  return (
    signatureOf(proposer, proposal.payload) === proposal.signature &&
    signatureOf(other, acceptance.payload) === acceptance.signature &&
    proposed.message.state_hash === agreement.stateHash &&
    accepted.message.state_hash === agreement.stateHash &&
    accepted.message.rev === agreement.rev
  );
}
