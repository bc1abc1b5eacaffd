/** What happened between two readings of a role, in plain words. */

import type { Role } from "../node/port.ts";
import { chainTrouble } from "./chain-words.ts";
import type { Tone } from "./line.ts";
import { dollars, microOf, ofMicro, percentOf, satsOf, shortSats } from "./money-text.ts";
import type { Agreement, Channel, Payment, Wish } from "./readings.ts";
import type { RoleState } from "./state.ts";

export interface Happening {
  text: string;
  tone: Tone;
  /** The other end is here too and tells the same: once is enough where all roles are shown. */
  echo?: true;
  /** Msat that came to the stable receiver (negative: went from it) over one channel. */
  settled?: { msat: bigint; agreement: Agreement };
}

export interface Surroundings {
  /** A name for a node id. */
  nameOf(nodeId: string): string;
  /** Roles of this process speak for themselves: what the receiver tells, the provider needn't. */
  isHere(nodeId: string): boolean;
}

type Teller = (before: RoleState, after: RoleState, around: Surroundings) => Happening[];

const tellers: readonly Teller[] = [onChain, channels, openings, wishes, agreements, peers, chainSource, synced];

/** Nothing for the first reading: what was there before this screen is no news. */
export function happenings(before: RoleState, after: RoleState, around: Surroundings): Happening[] {
  if (before.info === undefined) return [];
  return tellers.flatMap((tell) => tell(before, after, around));
}

function onChain(before: RoleState, after: RoleState): Happening[] {
  if (before.balance === undefined || after.balance === undefined) return [];
  const more = after.balance.onchain_sat - before.balance.onchain_sat;
  if (more <= 0n) return [];
  return [{ text: `${shortSats(more)} arrived on chain`, tone: "plain" }];
}

function channels(before: RoleState, after: RoleState, { nameOf, isHere }: Surroundings): Happening[] {
  const known = new Map(before.channels.map((one) => [one.channel_id, one]));
  const now = new Set(after.channels.map((one) => one.channel_id));
  /** Until its funding is known a channel has an id that is not the later one (BOLT 2, `temporary_channel_id`). */
  const renamed = (one: Channel): Channel | undefined =>
    before.channels.find(
      (was) =>
        !was.channel_ready &&
        !now.has(was.channel_id) &&
        known.has(was.channel_id) &&
        was.counterparty === one.counterparty &&
        was.capacity_sat === one.capacity_sat,
    );
  const found: Happening[] = [];
  const told = (one: Channel, text: string, tone: Tone): void => {
    const echo = isHere(one.counterparty) && one.counterparty < (after.info?.node_id ?? "");
    found.push({ text, tone, ...(echo ? { echo } : {}) });
  };
  for (const one of after.channels) {
    const was = known.get(one.channel_id) ?? renamed(one);
    const who = `${one.alias ?? nameOf(one.counterparty)}, ${shortSats(one.capacity_sat)}`;
    known.delete(was?.channel_id ?? one.channel_id);
    if (was === undefined) told(one, `a channel with ${who}${one.channel_ready ? "" : " is opening"}`, "plain");
    else if (!was.channel_ready && one.channel_ready) told(one, `the channel with ${who} is ready`, "plain");
    else if (was.phase !== one.phase && one.channel_ready && one.phase !== "CHANNELD_NORMAL") {
      told(one, `the channel with ${who}: ${one.phase.toLowerCase().replaceAll("_", " ")}`, "warn");
    }
  }
  for (const gone of known.values()) {
    const inPhase = after.closing.some((one) => one.channel_id === gone.channel_id) ? "is closing" : "is closed";
    told(gone, `the channel with ${gone.alias ?? nameOf(gone.counterparty)} ${inPhase}`, "warn");
  }
  return found;
}

/** What the LSP took for a channel beside what was agreed: LDK refuses more, so less is all that can be news. */
function openings(before: RoleState, after: RoleState): Happening[] {
  const told = new Set(before.payments.filter(isOpening).map((one) => one.payment_id));
  return after.payments.filter(isOpening).flatMap((one): Happening[] => {
    if (told.has(one.payment_id) || one.agreed_fee_msat === null) return [];
    const taken = one.skimmed_fee_msat ?? 0n;
    const agreed = one.agreed_fee_msat;
    const beside = taken === agreed ? "as agreed" : `${satsOf(agreed)} sat were agreed`;
    return [{ text: `the LSP took ${satsOf(taken)} sat for opening the channel, ${beside}`, tone: "plain" }];
  });
}

function isOpening(one: Payment): boolean {
  return one.direction === "inbound" && one.status === "succeeded" && one.agreed_fee_msat !== null;
}

const wishWords: Readonly<Record<Wish["status"], { text: string; tone: Tone } | undefined>> = {
  waiting: { text: "will be stable as soon as the invoice is paid", tone: "accent" },
  // The agreement tells of itself.
  agreed: undefined,
  refused: { text: "of the paid invoice could not be made stable", tone: "warn" },
  expired: { text: "of an invoice did not become stable", tone: "warn" },
  cancelled: { text: "of an invoice stays bitcoin: called off", tone: "dim" },
};

function wishes(before: RoleState, after: RoleState): Happening[] {
  const known = new Map(before.wishes.map((one) => [one.payment_hash, one.status]));
  return after.wishes.flatMap((one): Happening[] => {
    const words = known.get(one.payment_hash) === one.status ? undefined : wishWords[one.status];
    if (words === undefined) return [];
    const why = one.reason === null ? "" : ` (${one.reason})`;
    return [{ text: `${dollars(one.target_usd)} ${words.text}${why}`, tone: words.tone }];
  });
}

function agreements(before: RoleState, after: RoleState, around: Surroundings): Happening[] {
  const known = new Map(before.agreements.map((one) => [one.agreement_id, one]));
  return after.agreements.flatMap((one) => {
    const news = agreementNews(known.get(one.agreement_id), one, around);
    if (one.role === "receiver" || !around.isHere(one.counterparty)) return news;
    return news.map(({ text, tone }) => ({ text, tone, echo: true as const }));
  });
}

const statusWords: Readonly<Record<string, { text: string; tone: Tone }>> = {
  proposed: { text: "is proposed", tone: "accent" },
  active: { text: "holds", tone: "good" },
  underwater: { text: "is under water: the provider has nothing left to pay with", tone: "bad" },
  frozen: { text: "is frozen", tone: "warn" },
  ending: { text: "is ending", tone: "dim" },
  ended: { text: "has ended", tone: "dim" },
};

function agreementNews(was: Agreement | undefined, one: Agreement, { nameOf }: Surroundings): Happening[] {
  const found: Happening[] = [];
  const peg = `the ${dollars(one.target_usd)} peg with ${nameOf(one.counterparty)}`;
  if (was?.status !== one.status) {
    const words = statusWords[one.status] ?? { text: `is ${one.status.replaceAll("_", " ")}`, tone: "warn" as const };
    const why = one.reason === null || one.status === "active" ? "" : ` (${one.reason})`;
    found.push({ text: `${peg} ${words.text}${why}`, tone: words.tone });
  }
  if (was !== undefined && was.target_usd !== one.target_usd) {
    const step = ofMicro(microOf(one.target_usd) - microOf(was.target_usd));
    found.push({ text: `the peg is now ${dollars(one.target_usd)} (${dollars(step)})`, tone: "accent" });
  }
  if (was !== undefined) found.push(...settlementNews(was, one, nameOf));
  if (one.carry_over !== null && was?.carry_over?.step !== one.carry_over.step) {
    const tone = one.carry_over.step === "failed" ? "warn" : "accent";
    found.push({ text: `${peg}, taken up again: ${one.carry_over.detail}`, tone });
  }
  return found;
}

function settlementNews(was: Agreement, one: Agreement, nameOf: Surroundings["nameOf"]): Happening[] {
  const moved = one.received_msat - was.received_msat - (one.paid_msat - was.paid_msat);
  if (moved === 0n) return [];
  const drift = one.drift_bps === null ? "" : `, drift now ${percentOf(one.drift_bps, true)}`;
  const size = `${satsOf(moved < 0n ? -moved : moved)} sat`;
  const peer = nameOf(one.counterparty);
  const text = moved > 0n ? `${peer} settled with ${size}${drift}` : `settled with ${peer}: paid ${size}${drift}`;
  const toReceiver = one.role === "receiver" ? moved : -moved;
  return [{ text, tone: "good", settled: { msat: toReceiver, agreement: one } }];
}

function peers(before: RoleState, after: RoleState, { nameOf, isHere }: Surroundings): Happening[] {
  const known = new Map(before.peers.map((one) => [one.node_id, one]));
  return after.peers.flatMap((one): Happening[] => {
    const was = known.get(one.node_id);
    if (was === undefined || was.connected === one.connected) return [];
    const name = one.alias ?? nameOf(one.node_id);
    if (one.connected) return [{ text: `${name} is connected again`, tone: "good" }];
    return [{ text: `${name} is gone${isHere(one.node_id) ? "" : "; nothing can be settled with it"}`, tone: "warn" }];
  });
}

function chainSource(before: RoleState, after: RoleState): Happening[] {
  if (before.info === undefined || before.info.chain_state === after.info?.chain_state) return [];
  const { chain_state: state, chain_detail: detail } = after.info ?? before.info;
  if (chainTrouble(state) === undefined) {
    return chainTrouble(before.info.chain_state) === undefined
      ? []
      : [{ text: "the chain source is back", tone: "good" }];
  }
  return [{ text: `${chainTrouble(state)}${detail === null ? "" : `: ${detail}`}`, tone: "bad" }];
}

function synced(before: RoleState, after: RoleState): Happening[] {
  if (before.info?.synced === after.info?.synced) return [];
  return after.info?.synced === true
    ? [{ text: "in step with the chain", tone: "good" }]
    : [{ text: "out of step with the chain", tone: "warn" }];
}

/** The two roles that a settlement moved money between, where both are known. */
export function ends(settled: NonNullable<Happening["settled"]>, role: Role, peer: Role | undefined) {
  if (peer === undefined) return undefined;
  const receiver = settled.agreement.role === "receiver" ? role : peer;
  const provider = receiver === role ? peer : role;
  return settled.msat > 0n ? { from: provider, to: receiver } : { from: receiver, to: provider };
}
