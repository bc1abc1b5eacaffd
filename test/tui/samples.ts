/** States as readings of running nodes would make them. */
import type { Role } from "../../src/node/port.ts";
import type { Setting } from "../../src/tui/port.ts";
import type { Agreement, Channel, PriceReading } from "../../src/tui/readings.ts";
import { initialState, type RoleState, type State } from "../../src/tui/state.ts";
import { type Event, update } from "../../src/tui/update.ts";

export const ids: Readonly<Record<Role, string>> = {
  exchange: `02${"e".repeat(64)}`,
  user: `03${"a".repeat(64)}`,
  lsp: `02${"1".repeat(64)}`,
};
export const userChannelId = `c1${"0".repeat(62)}`;
export const exchangeChannelId = `c2${"0".repeat(62)}`;
export const agreementId = `a9${"0".repeat(62)}`;

const word = (label: string) => ({
  place: "positional" as const,
  label,
  summary: label,
  required: true,
  expects: label,
});

export const demoSetting: Setting = {
  roles: ["exchange", "user", "lsp"],
  demo: true,
  attached: false,
  network: "regtest",
  yes: false,
  scenarios: ["calm", "crash"],
  verbs: [
    { name: "mine", summary: "mine blocks", arguments: [word("N")] },
    {
      name: "scenario",
      summary: "let the price follow a scenario",
      arguments: [{ ...word("NAME"), completes: "scenario" }],
    },
    { name: "help", summary: "what can be typed here", arguments: [] },
  ],
};
export const userSetting: Setting = { ...demoSetting, roles: ["user"], demo: false, network: "mutinynet", verbs: [] };

/** 21 November 2026, 12:00:00 UTC. */
const NOON_MS = 1_795_262_400_000;

export function starting(setting: Setting = demoSetting, columns = 80, rows = 24): State {
  const clock = { nowMs: 0, wallMs: NOON_MS };
  return initialState(setting, { theme: "plain", history: [], size: { columns, rows }, ...clock });
}

export function after(state: State, ...events: readonly Event[]): State {
  return events.reduce((now, event) => update(now, event).state, state);
}

export const clockAt = (seconds: number): Event => ({
  type: "clock",
  nowMs: seconds * 1000,
  wallMs: NOON_MS + seconds * 1000,
});

export function priceOf(usd: string, more: Partial<PriceReading> = {}): Event {
  const sources = ["a", "b", "c"].map((name) => ({ name, price_usd: usd, age_ms: 400, state: "ok" }));
  return {
    type: "price",
    price: { price_usd: usd, status: "ok", reason: null, label: "scenario calm (synthetic)", sources, ...more },
  };
}

export function channelOf(peer: Role, more: Partial<Channel> = {}): Channel {
  return {
    channel_id: userChannelId,
    counterparty: ids[peer],
    alias: peer,
    capacity_sat: 100_000n,
    outbound_msat: 48_000_000n,
    inbound_msat: 50_000_000n,
    in_flight_msat: 0n,
    channel_ready: true,
    usable: true,
    confirmations: 6,
    confirmations_required: 6,
    phase: "CHANNELD_NORMAL",
    ...more,
  };
}

export function pegOf(role: "receiver" | "provider", more: Partial<Agreement> = {}): Agreement {
  return {
    agreement_id: agreementId,
    channel_id: userChannelId,
    counterparty: role === "receiver" ? ids.lsp : ids.user,
    role,
    status: "active",
    target_usd: "4.000000",
    backing_msat: 4_000_000n,
    native_msat: 46_000_000n,
    value_usd: "4.000000",
    drift_bps: 0,
    band_bps: 25,
    covered_to_usd: "7642.000000",
    covered_drop_bps: 9236,
    missing_msat: null,
    strikes: 0,
    settlements: 0,
    paid_msat: 0n,
    received_msat: 0n,
    last_settlement_at: null,
    reason: null,
    channels_gone: false,
    carry_over: null,
    ...more,
  };
}

export function readOf(role: Role, parts: Partial<RoleState> = {}): Event {
  const peers = (role === "lsp" ? (["exchange", "user"] as const) : (["lsp"] as const)).map((name) => ({
    node_id: ids[name],
    alias: name,
    address: "127.0.0.1:9735",
    connected: true,
    persisted: true,
  }));
  const chain = { block_height: 118, synced: true, chain_state: "ok", chain_detail: null };
  const info = { node_id: ids[role], alias: role, listen: [], network: "regtest", ...chain };
  const balance = {
    onchain_sat: 0n,
    onchain_spendable_sat: 0n,
    lightning_sat: 0n,
    stable_usd: "0.000000",
    stable_sat: 0n,
    native_sat: 0n,
  };
  return { type: "read", role, parts: { info, peers, balance, ...parts } };
}

/** The end of the tour: a peg that was settled once, after the price fell to 80,000. */
export function settledDemo(columns = 80, rows = 24): State {
  const rich = {
    onchain_sat: 99_490_000n,
    onchain_spendable_sat: 99_465_000n,
    stable_usd: "0.000000",
    stable_sat: 0n,
    native_sat: 0n,
  };
  const held = {
    onchain_sat: 0n,
    onchain_spendable_sat: 0n,
    lightning_sat: 50_000n,
    stable_usd: "4.000000",
    stable_sat: 4_000n,
    native_sat: 46_000n,
  };
  const exchange = channelOf("lsp", {
    channel_id: exchangeChannelId,
    capacity_sat: 500_000n,
    outbound_msat: 444_000_000n,
  });
  const settled = { backing_msat: 5_000_000n, settlements: 1, last_settlement_at: "2026-11-21T12:00:41Z" };
  const ours = channelOf("lsp", { outbound_msat: 49_000_000n, inbound_msat: 48_340_000n });
  const theirs = channelOf("user", { outbound_msat: 48_340_000n, inbound_msat: 49_000_000n });
  return after(
    starting(demoSetting, columns, rows),
    { type: "up" },
    priceOf("100000.000000"),
    readOf("exchange", { balance: { ...rich, lightning_sat: 449_000n }, channels: [exchange] }),
    readOf("lsp", {
      balance: { ...rich, lightning_sat: 98_000n },
      channels: [
        theirs,
        {
          ...exchange,
          counterparty: ids.exchange,
          alias: "exchange",
          outbound_msat: 45_000_000n,
          inbound_msat: 444_000_000n,
        },
      ],
      agreements: [pegOf("provider")],
      income: {
        days: 30,
        opening_fees_msat: 500_000n,
        forwarding_fees_msat: 1_200n,
        conversion_fees_msat: 0n,
        total_msat: 501_200n,
      },
      forwards: [
        {
          at: "2026-11-21T12:00:05Z",
          from: ids.exchange,
          to: ids.user,
          forwarded_msat: 50_000_000n,
          fee_earned_msat: 0n,
          skimmed_fee_msat: 500_000n,
        },
      ],
    }),
    readOf("user", { balance: held, channels: [ours], agreements: [pegOf("receiver")] }),
    clockAt(40),
    priceOf("80000.000000"),
    readOf("user", {
      balance: held,
      channels: [ours],
      agreements: [pegOf("receiver", { value_usd: "3.200000", drift_bps: -2000 })],
    }),
    clockAt(41),
    readOf("user", {
      balance: { ...held, lightning_sat: 51_000n, stable_sat: 5_000n },
      channels: [ours],
      agreements: [pegOf("receiver", { ...settled, received_msat: 1_000_000n })],
    }),
    readOf("lsp", { agreements: [pegOf("provider", { ...settled, paid_msat: 1_000_000n })] }),
    clockAt(42),
  );
}
