/** What a service says of itself, read through the same commands a person would type. */
import { z } from "zod";
import { parseLine } from "../commands/parse.ts";
import type { Role } from "../node/port.ts";
import type { StageSession } from "../script/stage.ts";

const amount = z.string().regex(/^-?\d+$/);
const usd = z.string().regex(/^-?\d+(\.\d+)?$/);

const node = z.object({
  node_id: z.string(),
  network: z.string(),
  block_height: z.int(),
  synced: z.boolean(),
  chain_state: z.string(),
  chain_detail: z.string().nullable(),
});
const balance = z.object({ onchain_sat: amount, onchain_spendable_sat: amount, lightning_sat: amount });
const channel = z.object({
  channel_id: z.string(),
  counterparty: z.string(),
  capacity_sat: amount,
  outbound_msat: amount,
  inbound_msat: amount,
  usable: z.boolean(),
  phase: z.string(),
});
const agreement = z.object({
  agreement_id: z.string(),
  status: z.string(),
  role: z.enum(["receiver", "provider"]),
  target_usd: usd,
  backing_msat: amount,
  drift_bps: z.number().nullable(),
  covered_drop_bps: z.number().nullable(),
  settlements: z.int(),
  paid_msat: amount,
  received_msat: amount,
});
const peer = z.object({ node_id: z.string(), connected: z.boolean() });
const price = z.object({
  price_usd: usd.nullable(),
  status: z.enum(["ok", "stale", "hold"]),
  reason: z.string().nullable(),
  sources: z.array(z.object({ name: z.string(), state: z.string() })),
});

const lines = {
  node: { line: "nodeinfo", schema: node },
  balance: { line: "balance", schema: balance },
  channels: { line: "listallchannels", schema: z.object({ channels: z.array(channel) }).transform((r) => r.channels) },
  agreements: { line: "stable", schema: z.object({ agreements: z.array(agreement) }).transform((r) => r.agreements) },
  peers: { line: "peers", schema: z.object({ peers: z.array(peer) }).transform((r) => r.peers) },
  price: { line: "price", schema: price },
} as const;

export type Readings = { [K in keyof typeof lines]: z.output<(typeof lines)[K]["schema"]> };

/** @throws the first command's error */
export async function takeReadings(session: StageSession, role: Role): Promise<Readings> {
  const read = async <T>({ line, schema }: { line: string; schema: z.ZodType<T> }): Promise<T> =>
    schema.parse((await session.run(parseLine(line, [role]).call)).result);
  const [node, balance, channels, agreements, peers, price] = await Promise.all([
    read(lines.node),
    read(lines.balance),
    read(lines.channels),
    read(lines.agreements),
    read(lines.peers),
    read(lines.price),
  ]);
  return { node, balance, channels, agreements, peers, price };
}

const auditLines = z.object({
  lines: z.array(
    z.object({
      seq: z.int(),
      kind: z.string(),
      agreement_id: z.string().nullable(),
      peer: z.string().nullable(),
      data: z.json(),
    }),
  ),
});
export type AuditLine = z.output<typeof auditLines>["lines"][number];

/** The newest lines of the audit log, oldest first. */
export async function newestAudit(session: StageSession, role: Role, limit: number): Promise<AuditLine[]> {
  return auditLines.parse((await session.run(parseLine(`audit ${limit}`, [role]).call)).result).lines;
}
