/** A backend of one LSP whose channels and price change at every step, without any node. */
import type { z } from "zod";
import type { JsonObject } from "../src/commands/view.ts";
import type { Backend } from "../src/tui/port.ts";
import type {
  agreementsSchema,
  auditSchema,
  balanceSchema,
  channelsSchema,
  forwardsSchema,
  incomeSchema,
  logSchema,
  nodeInfoSchema,
  paymentsSchema,
  peersSchema,
  priceSchema,
} from "../src/tui/readings.ts";

/** What the screen reads, so that a field it comes to want is missed by the compiler. */
interface Results {
  stable: z.input<typeof agreementsSchema>;
  listallchannels: z.input<typeof channelsSchema>;
  balance: z.input<typeof balanceSchema>;
  nodeinfo: z.input<typeof nodeInfoSchema>;
  peers: z.input<typeof peersSchema>;
  income: z.input<typeof incomeSchema>;
  forwards: z.input<typeof forwardsSchema>;
  payments: z.input<typeof paymentsSchema>;
  log: z.input<typeof logSchema>;
  audit: z.input<typeof auditSchema>;
  price: z.input<typeof priceSchema>;
}

export interface Invented {
  backend: Backend;
  /** One change: a tenth of the channels, and the price. */
  step(): void;
}

export function inventedNodes(count: number): Invented {
  let step = 0;
  const listeners = new Set<() => void>();
  const hex = (n: number, digits: number): string =>
    n
      .toString(16)
      .padStart(8, "0")
      .repeat(digits / 8);
  const usd = (value: number): string => value.toFixed(6);

  const priceNow = (): number => 100_000 + 40 * Math.sin(step / 5);

  function channels(): Results["listallchannels"] {
    return {
      closing: [],
      channels: Array.from({ length: count }, (_, i) => {
        const moved = (step + i) % 10 === 0 ? step : 0;
        return {
          channel_id: hex(i + 1, 64),
          counterparty: `02${hex(i + 1, 64)}`,
          alias: `user ${i + 1}`,
          capacity_sat: "1000000",
          outbound_msat: String(480_000_000 + moved * 1000),
          inbound_msat: String(500_000_000 - moved * 1000),
          in_flight_msat: "0",
          channel_ready: true,
          usable: true,
          confirmations: 6,
          confirmations_required: 6,
          phase: "CHANNELD_NORMAL",
        };
      }),
    };
  }

  function agreements(): Results["stable"] {
    return {
      agreements: Array.from({ length: count }, (_, i) => ({
        agreement_id: hex(i + 1, 64),
        channel_id: hex(i + 1, 64),
        counterparty: `02${hex(i + 1, 64)}`,
        role: "provider",
        status: "active",
        target_usd: "100.000000",
        backing_msat: "100000000",
        native_msat: "380000000",
        value_usd: usd(priceNow() / 1000),
        band_bps: 25,
        drift_bps: Math.round((priceNow() / 1000 - 100) * 100),
        covered_to_usd: "52000.000000",
        covered_drop_bps: 4800,
        missing_msat: null,
        strikes: 0,
        settlements: step,
        paid_msat: "0",
        received_msat: "0",
        last_settlement_at: null,
        reason: null,
        channels_gone: false,
        carry_over: null,
      })),
    };
  }

  const results: { [Name in keyof Results]: () => Results[Name] } = {
    stable: agreements,
    listallchannels: channels,
    balance: () => ({
      onchain_sat: "50000000",
      onchain_spendable_sat: "49000000",
      lightning_sat: String(count * 480_000),
      stable_usd: "0.000000",
      stable_sat: "0",
      native_sat: "0",
    }),
    nodeinfo: () => ({
      node_id: `02${hex(9, 64)}`,
      alias: "bench",
      listen: [],
      network: "regtest",
      block_height: 1,
      synced: true,
      chain_state: "ok",
      chain_detail: null,
    }),
    peers: () => ({ peers: [] }),
    income: () => ({
      days: 30,
      opening_fees_msat: "0",
      forwarding_fees_msat: "0",
      conversion_fees_msat: "0",
      total_msat: "0",
    }),
    forwards: () => ({ forwards: [] }),
    payments: () => ({ payments: [] }),
    log: () => ({ lines: [] }),
    audit: () => ({ lines: [] }),
    price: () => ({
      price_usd: usd(priceNow()),
      status: "ok",
      reason: null,
      label: "bench",
      sources: [{ name: "bench", price_usd: usd(priceNow()), age_ms: 0, state: "ok" }],
    }),
  };

  const byName = new Map<string, () => JsonObject>(Object.entries(results));
  const backend: Backend = {
    async run(line) {
      const [first = "", second = ""] = line.split(" ");
      const result = byName.get(first === "lsp" ? second : first);
      if (result === undefined) return { ok: false, code: "unknown_command", message: line };
      return { ok: true, result: result(), view: { kind: "lines", lines: [] }, quit: false };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    backend,
    step() {
      step += 1;
      for (const listener of [...listeners]) listener();
    },
  };
}
