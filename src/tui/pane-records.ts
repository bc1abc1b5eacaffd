/** The lists of what happened: payments, peers, forwards, log, audit. */
import { say, type Tone } from "./line.ts";
import { timeOf } from "./money-text.ts";
import { nameOf } from "./names.ts";
import { amount, card, type Pane, short, text } from "./pane-cells.ts";
import type { AuditLine, Forward, LogLine, Payment, Peer } from "./readings.ts";

/** A keysend of one msat carries a message between the peers of an agreement and moves no money to speak of. */
const isMessage = (one: Payment): boolean => one.kind === "spontaneous" && one.amount_msat === 1n;

const statusTone: Readonly<Record<string, Tone>> = { succeeded: "good", failed: "bad", pending: "warn" };
const levelTone: Readonly<Record<string, Tone>> = { error: "bad", warn: "warn", info: "accent" };

export const recordPanes: readonly Pane[] = [
  {
    name: "payments",
    empty: "No payments yet.",
    newestLast: true,
    columns: [
      { title: "time", align: "left", width: 8 },
      { title: "", align: "left", width: 3 },
      { title: "kind", align: "left", width: 12 },
      { title: "amount sat", align: "right", width: 13 },
      { title: "fee sat", align: "right", width: 8, spare: 1 },
      { title: "status", align: "left", width: 9 },
      { title: "id", align: "left", width: 0 },
    ],
    rows: (role, of) =>
      role.payments.map((one: Payment) => ({
        role: of,
        id: one.payment_id,
        at: one.updated_at,
        cells: () => [
          text(timeOf(one.updated_at), "dim"),
          one.direction === "inbound" ? text("in", "good") : text("out", "bitcoin"),
          isMessage(one) ? text("message", "faint") : text(one.kind.replaceAll("_", " ")),
          isMessage(one) ? amount(null) : amount(one.amount_msat),
          amount(one.fee_paid_msat, "dim"),
          text(one.status, statusTone[one.status] ?? "plain"),
          text(one.payment_id, "dim"),
        ],
        detail: () => card(one),
      })),
  },
  {
    name: "peers",
    empty: "No peers yet.",
    newestLast: false,
    columns: [
      { title: "peer", align: "left", width: 16 },
      { title: "state", align: "left", width: 10 },
      { title: "address", align: "left", width: 22, spare: 1 },
      { title: "node id", align: "left", width: 0 },
    ],
    rows: (role, of, state) =>
      role.peers.map((one: Peer) => ({
        role: of,
        id: one.node_id,
        cells: () => [
          text(one.alias ?? nameOf(state, one.node_id)),
          one.connected ? text("connected", "good") : text("away", "warn"),
          text(one.address, "dim"),
          text(one.node_id, "dim"),
        ],
        detail: () => card(one),
      })),
  },
  {
    name: "forwards",
    empty: "Nothing was forwarded yet.",
    newestLast: true,
    columns: [
      { title: "time", align: "left", width: 8 },
      { title: "from", align: "left", width: 12 },
      { title: "to", align: "left", width: 0 },
      { title: "forwarded sat", align: "right", width: 13 },
      { title: "earned sat", align: "right", width: 10 },
      { title: "opening fee", align: "right", width: 11 },
    ],
    rows: (role, of, state) =>
      role.forwards.map((one: Forward, n) => ({
        role: of,
        id: `${one.at} ${n}`,
        at: one.at,
        cells: () => [
          text(timeOf(one.at), "dim"),
          text(nameOf(state, one.from)),
          text(nameOf(state, one.to)),
          amount(one.forwarded_msat),
          amount(one.fee_earned_msat, "good"),
          amount(one.skimmed_fee_msat, "good"),
        ],
        detail: () => card(one),
      })),
  },
  {
    name: "log",
    empty: "The log is empty.",
    newestLast: true,
    columns: [
      { title: "time", align: "left", width: 8 },
      { title: "level", align: "left", width: 5 },
      { title: "module", align: "left", width: 22, spare: 1 },
      { title: "message", align: "left", width: 0 },
    ],
    rows: (role, of) =>
      role.log.map((one: LogLine) => ({
        role: of,
        id: one.seq,
        at: one.at,
        cells: () => [
          text(timeOf(one.at), "dim"),
          text(one.level, levelTone[one.level] ?? "dim"),
          text(one.module, "dim"),
          text(one.message),
        ],
        detail: () => card(one),
      })),
  },
  {
    name: "audit",
    empty: "Nothing that touched money was written yet.",
    newestLast: true,
    columns: [
      { title: "seq", align: "right", width: 5 },
      { title: "time", align: "left", width: 8 },
      { title: "kind", align: "left", width: 22 },
      { title: "agreement", align: "left", width: 10, spare: 1 },
      { title: "data", align: "left", width: 0 },
    ],
    rows: (role, of) =>
      role.audit.map((one: AuditLine) => ({
        role: of,
        id: one.hash,
        at: one.at,
        cells: () => [
          { line: [say(String(one.seq), "dim")], rank: one.seq },
          text(timeOf(one.at), "dim"),
          text(one.kind.replaceAll("_", " ")),
          text(short(one.agreement_id ?? ""), "dim"),
          text(one.data, "dim"),
        ],
        detail: () => card(one),
      })),
  },
];
