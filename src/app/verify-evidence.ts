/**
 * `peer-stables verify FILE`: whether an evidence file proves what it says, by its text alone. Every byte is covered: the
 * exporter signed the whole, both peers each rev, each payer its settlements, and the log lines carry their hashes.
 */
import { otherSide } from "../stable/book.ts";
import { stateHash } from "../stable/canonical.ts";
import { decodePayload } from "../stable/envelope.ts";
import type { Message } from "../stable/messages.ts";
import { readState } from "../stable/signed-state.ts";
import { auditHash } from "../store/audit-chain.ts";
import { type Bundle, bundleText, fileText, signedBundleSchema } from "./evidence-bundle.ts";
import { signerOf } from "./node-signature.ts";

export type Verdict = { ok: true; bundle: Bundle; lines: string[] } | { ok: false; reason: string };

class Refused extends Error {}

function demand(holds: boolean, reason: string): asserts holds {
  if (!holds) throw new Refused(reason);
}

export function verifyEvidence(text: string): Verdict {
  try {
    const bundle = readBundle(text);
    checkRevisions(bundle);
    checkSettlements(bundle);
    checkAudit(bundle);
    return { ok: true, bundle, lines: summary(bundle) };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.message };
    throw error;
  }
}

function readBundle(text: string): Bundle {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Refused("it is not JSON");
  }
  const parsed = signedBundleSchema.safeParse(json);
  demand(parsed.success, `it has another form: ${parsed.error?.issues[0]?.path.join(".") ?? ""}`);
  const { signature, ...bundle } = parsed.data;
  demand(fileText(bundle, signature) === text, "it is not spelled as it was written");
  demand(signerOf(bundleText(bundle), signature) === bundle.exporter, "the exporter did not sign this text");
  const { receiver, provider } = bundle.agreement;
  demand(bundle.exporter === receiver || bundle.exporter === provider, "the exporter is neither of the two peers");
  return bundle;
}

interface Signed {
  message: Message;
  signer: string | undefined;
}

function signedMessage(envelope: Bundle["revisions"][number]["proposal"], what: string): Signed {
  const decoded = decodePayload(envelope);
  demand(decoded.ok, `${what} does not read as a message`);
  return { message: decoded.message, signer: signerOf(envelope.payload, envelope.signature) };
}

/** Each rev follows the one before, both peers signed it, and the last is the book. */
function checkRevisions({ agreement, revisions }: Bundle): void {
  const parties: readonly string[] = [agreement.receiver, agreement.provider];
  revisions.forEach(({ rev, kind, state: text, proposal, acceptance }, i) => {
    const name = `rev ${rev}`;
    demand(rev === i + 1, `${name} does not follow rev ${i}`);
    const state = readState(text);
    demand(state !== undefined && state.rev === rev && state.id === agreement.id, `${name}: the state is another's`);
    const same =
      state.channelId === agreement.channel_id &&
      state.receiver === agreement.receiver &&
      state.provider === agreement.provider;
    demand(same, `${name}: the state names other parties`);
    const hash = stateHash(state);
    const { message, signer } = signedMessage(proposal, `${name}: the proposal`);
    demand(message.type === kind && message.agreement === agreement.id, `${name}: the proposal is another's`);
    demand("state_hash" in message && message.state_hash === hash, `${name}: the proposal is for another state`);
    demand(!("rev" in message) || message.rev === rev, `${name}: the proposal is for another rev`);
    demand(signer !== undefined && parties.includes(signer), `${name}: the proposal is not signed by a peer`);
    const answer = signedMessage(acceptance, `${name}: the acceptance`);
    // A sync at that state is the peer's word as well, where its accept was lost.
    const accepts = answer.message.type === "accept" || answer.message.type === "sync";
    demand(accepts && answer.message.agreement === agreement.id, `${name}: the acceptance is another's`);
    demand("rev" in answer.message && answer.message.rev === rev, `${name}: the acceptance is for another rev`);
    demand(
      "state_hash" in answer.message && answer.message.state_hash === hash,
      `${name}: the acceptance is for another state`,
    );
    demand(parties.filter((id) => id !== signer).includes(answer.signer ?? ""), `${name}: the other peer did not sign`);
    if (rev !== agreement.rev) return;
    const book =
      hash === agreement.state_hash &&
      state.targetMicro.toString() === agreement.target &&
      state.backing0Msat.toString() === agreement.backing0_msat;
    demand(book, `${name}: the book is not what was signed`);
  });
  demand(revisions.at(-1)?.rev === agreement.rev, `rev ${agreement.rev} is missing`);
}

/** Each payer's settlements are numbered without a gap, signed, and add up to its counter. */
function checkSettlements({ agreement, settlements }: Bundle): void {
  const totals = { provider: 0n, receiver: 0n };
  const numbers = { provider: 0, receiver: 0 };
  for (const settlement of settlements.toSorted((a, b) => a.seq - b.seq)) {
    const { payer, seq, amount_msat: amount } = settlement;
    const name = `settlement ${seq} of the ${payer}`;
    const { message, signer } = signedMessage(settlement.envelope, name);
    demand(message.type === "settle" && message.agreement === agreement.id, `${name} is another's`);
    demand(signer === agreement[payer], `${name} is not signed by its payer`);
    demand(seq === numbers[payer] + 1 && message.seq === seq, `${name} is out of its place`);
    demand(message.amount_msat.toString() === amount, `${name} is over another amount`);
    demand(message.price.toString() === settlement.price, `${name} is at another price`);
    numbers[payer] = seq;
    totals[payer] += BigInt(amount);
    demand(message.paid_total_after === totals[payer], `${name} does not add up`);
  }
  for (const payer of ["provider", "receiver"] as const) {
    const counter = agreement[`paid_by_${payer}_msat`];
    demand(totals[payer].toString() === counter, `the settlements of the ${payer} do not add up to ${counter} msat`);
  }
}

/** The lines carry their own hashes, in order; where one directly follows another it continues it. */
function checkAudit({ audit }: Bundle): void {
  audit.forEach((line, i) => {
    const { seq, at, kind, agreement_id, peer, data, prev_hash, hash } = line;
    const before = audit[i - 1];
    const named = {
      ...(agreement_id === null ? {} : { agreementId: agreement_id }),
      ...(peer === null ? {} : { peer }),
    };
    demand(auditHash({ seq, at, kind, ...named, data, prevHash: prev_hash }) === hash, `log line ${seq} was changed`);
    demand(before === undefined || before.seq < seq, `log line ${seq} is out of order`);
    const continues = before === undefined || before.seq !== seq - 1 || before.hash === prev_hash;
    demand(continues, `log line ${seq} does not continue the one before`);
  });
}

function summary({ agreement: a, revisions, settlements, audit, exporter, exported_at }: Bundle): string[] {
  const backing = BigInt(a.backing0_msat) + BigInt(a.paid_by_provider_msat) - BigInt(a.paid_by_receiver_msat);
  const side = exporter === a.receiver ? "receiver" : "provider";
  return [
    `agreement ${a.id}, rev ${a.rev}, ${a.status}${a.reason === null ? "" : ` (${a.reason})`}`,
    `receiver ${a.receiver}`,
    `provider ${a.provider}`,
    `target ${a.target} micro-dollars, backing ${backing} msat`,
    `${revisions.length} revs signed by both; ${settlements.length} settlements signed by their payers: ` +
      `${a.paid_by_provider_msat} msat by the provider, ${a.paid_by_receiver_msat} msat by the receiver`,
    `${audit.length} lines of the ${side}'s log; exported ${new Date(exported_at * 1000).toISOString()}`,
    `what the ${otherSide(side)} has not signed (status, flags, the log) is the ${side}'s own word`,
  ];
}
