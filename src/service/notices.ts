/** What changed between two readings, worth a line in the log. Pure. */
import type { JsonObject } from "../commands/view.ts";
import type { Level } from "./log.ts";
import type { AuditLine, Readings } from "./readings.ts";

export interface Notice {
  level: Level;
  event: string;
  fields: JsonObject;
}

const notice = (level: Level, event: string, fields: JsonObject): Notice => ({ level, event, fields });

export function noticesBetween(before: Readings | undefined, after: Readings): Notice[] {
  return [...chain(before, after), ...price(before, after), ...peers(before, after), ...channels(before, after)];
}

function chain(before: Readings | undefined, { node }: Readings): Notice[] {
  const { synced, block_height, chain_state: state, chain_detail: detail } = node;
  const well = state === "ok" || state === "unasked";
  const said = before?.node.chain_state ?? "unasked";
  return [
    ...(said === state ? [] : [notice(well ? "info" : "warn", "chain_source", { state, detail })]),
    ...(before?.node.synced === synced
      ? []
      : [notice(synced ? "info" : "warn", synced ? "chain_synced" : "chain_not_synced", { block_height })]),
  ];
}

function price(before: Readings | undefined, { price: now }: Readings): Notice[] {
  if (before?.price.status === now.status) return [];
  const fields = { status: now.status, price_usd: now.price_usd, reason: now.reason };
  return [notice(now.status === "ok" ? "info" : "warn", "price_status", fields)];
}

function peers(before: Readings | undefined, after: Readings): Notice[] {
  const connected = (readings: Readings | undefined) =>
    new Set(readings?.peers.filter((peer) => peer.connected).map((peer) => peer.node_id));
  const [was, is] = [connected(before), connected(after)];
  return [
    ...[...is.difference(was)].map((peer) => notice("info", "peer_connected", { peer })),
    ...[...was.difference(is)].map((peer) => notice("warn", "peer_disconnected", { peer })),
  ];
}

function channels(before: Readings | undefined, after: Readings): Notice[] {
  const was = new Map(before?.channels.map((channel) => [channel.channel_id, channel]));
  const changed = after.channels.filter((channel) => was.get(channel.channel_id)?.phase !== channel.phase);
  const here = new Set(after.channels.map((channel) => channel.channel_id));
  return [
    ...changed.map(({ channel_id, counterparty, capacity_sat, phase }) =>
      notice("info", "channel", { channel_id, counterparty, capacity_sat, phase }),
    ),
    ...[...was.values()]
      .filter(({ channel_id }) => !here.has(channel_id))
      .map(({ channel_id, counterparty }) => notice("warn", "channel_gone", { channel_id, counterparty })),
  ];
}

/** Accepted prices come every few seconds and are in the audit log whole. */
const everyday = new Set(["price"]);
const troubling =
  /refused|failed|expired|rejected|unknown|unconfirmed|disputed|lapsed|gone|became_(frozen|degraded|ended)/;

/** @param after the last line that was told already */
export function auditNotices(lines: readonly AuditLine[], after: number): Notice[] {
  return lines
    .filter((line) => line.seq > after && !everyday.has(line.kind))
    .map(({ seq, kind, agreement_id, peer, data }) =>
      notice(troubling.test(kind) ? "warn" : "info", `audit_${kind}`, { seq, agreement_id, peer, data }),
    );
}
