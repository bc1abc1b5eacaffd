/** The lists of what happened: payments, peers, forwards, log, audit. */
import { say, type Tone } from "./line.ts";
import { timeOf } from "./money-text.ts";
import { nameOf } from "./names.ts";
import { amount, type Pane, type RecordColumn, recordPane, short, text } from "./pane-cells.ts";
import type { AuditLine, Forward, LogLine, Payment, Peer } from "./readings.ts";

/** A keysend of one msat carries a message between the peers of an agreement and moves no money to speak of. */
const isMessage = (one: Payment): boolean => one.kind === "spontaneous" && one.amount_msat === 1n;

const statusTone: Readonly<Record<string, Tone>> = { succeeded: "good", failed: "bad", pending: "warn" };
const levelTone: Readonly<Record<string, Tone>> = { error: "bad", warn: "warn", info: "accent" };

/** The time of day, narrow at the left edge of what is sorted by it. */
function timeColumn<T>(at: (one: T) => string): RecordColumn<T> {
  return { title: "time", align: "left", width: 8, cell: (one) => text(timeOf(at(one)), "dim") };
}

const payments = recordPane<Payment>({
  name: "payments",
  empty: "No payments yet.",
  newestLast: true,
  of: (role) => role.payments,
  id: (one) => one.payment_id,
  at: (one) => one.updated_at,
  columns: [
    timeColumn((one) => one.updated_at),
    {
      title: "",
      align: "left",
      width: 3,
      cell: (one) => (one.direction === "inbound" ? text("in", "good") : text("out", "bitcoin")),
    },
    {
      title: "kind",
      align: "left",
      width: 12,
      cell: (one) => (isMessage(one) ? text("message", "faint") : text(one.kind.replaceAll("_", " "))),
    },
    {
      title: "amount sat",
      align: "right",
      width: 13,
      cell: (one) => amount(isMessage(one) ? null : one.amount_msat),
    },
    { title: "fee sat", align: "right", width: 8, spare: 1, cell: (one) => amount(one.fee_paid_msat, "dim") },
    {
      title: "status",
      align: "left",
      width: 9,
      cell: (one) => text(one.status, statusTone[one.status] ?? "plain"),
    },
    { title: "id", align: "left", width: 0, cell: (one) => text(one.payment_id, "dim") },
  ],
});

const peers = recordPane<Peer>({
  name: "peers",
  empty: "No peers yet.",
  newestLast: false,
  of: (role) => role.peers,
  id: (one) => one.node_id,
  columns: [
    { title: "peer", align: "left", width: 16, cell: (one, state) => text(one.alias ?? nameOf(state, one.node_id)) },
    {
      title: "state",
      align: "left",
      width: 10,
      cell: (one) => (one.connected ? text("connected", "good") : text("away", "warn")),
    },
    { title: "address", align: "left", width: 22, spare: 1, cell: (one) => text(one.address, "dim") },
    { title: "node id", align: "left", width: 0, cell: (one) => text(one.node_id, "dim") },
  ],
});

const forwards = recordPane<Forward>({
  name: "forwards",
  empty: "Nothing was forwarded yet.",
  newestLast: true,
  of: (role) => role.forwards,
  id: (one, index) => `${one.at} ${index}`,
  at: (one) => one.at,
  columns: [
    timeColumn((one) => one.at),
    { title: "from", align: "left", width: 12, cell: (one, state) => text(nameOf(state, one.from)) },
    { title: "to", align: "left", width: 0, cell: (one, state) => text(nameOf(state, one.to)) },
    { title: "forwarded sat", align: "right", width: 13, cell: (one) => amount(one.forwarded_msat) },
    { title: "earned sat", align: "right", width: 10, cell: (one) => amount(one.fee_earned_msat, "good") },
    { title: "opening fee", align: "right", width: 11, cell: (one) => amount(one.skimmed_fee_msat, "good") },
  ],
});

const log = recordPane<LogLine>({
  name: "log",
  empty: "The log is empty.",
  newestLast: true,
  of: (role) => role.log,
  id: (one) => one.seq,
  at: (one) => one.at,
  columns: [
    timeColumn((one) => one.at),
    { title: "level", align: "left", width: 5, cell: (one) => text(one.level, levelTone[one.level] ?? "dim") },
    { title: "module", align: "left", width: 22, spare: 1, cell: (one) => text(one.module, "dim") },
    { title: "message", align: "left", width: 0, cell: (one) => text(one.message) },
  ],
});

const audit = recordPane<AuditLine>({
  name: "audit",
  empty: "Nothing that touched money was written yet.",
  newestLast: true,
  of: (role) => role.audit,
  id: (one) => one.hash,
  at: (one) => one.at,
  columns: [
    { title: "seq", align: "right", width: 5, cell: (one) => ({ line: [say(String(one.seq), "dim")], rank: one.seq }) },
    timeColumn((one) => one.at),
    { title: "kind", align: "left", width: 22, cell: (one) => text(one.kind.replaceAll("_", " ")) },
    {
      title: "agreement",
      align: "left",
      width: 10,
      spare: 1,
      cell: (one) => text(short(one.agreement_id ?? ""), "dim"),
    },
    { title: "data", align: "left", width: 0, cell: (one) => text(one.data, "dim") },
  ],
});

export const recordPanes: readonly Pane[] = [payments, peers, forwards, log, audit];
