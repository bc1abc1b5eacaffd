/**
 * How far LDK's database has come, read from a file that no node has open: whose wallet it is, and of each channel the
 * number of its newest monitor update. Every change of a channel's state writes one before anything is sent, so of two
 * copies the one with the lower number holds states that the peer may punish.
 */
import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { z } from "zod";
import { reasonOf } from "../errors.ts";
import { BackupError } from "./backup-error.ts";

export interface NodeState {
  /** SHA-256 of the wallet's public descriptor; null for a node that was never built. */
  wallet: string | null;
  /** By the monitor's key, FUNDING_TXID_VOUT. */
  channels: ReadonlyMap<string, bigint>;
}

const TABLE = "ldk_node_data";
/** Before a full monitor, where deltas are kept beside it (`MonitorUpdatingPersister` of LDK 0.2). */
const SENTINEL = [0xff, 0xff];
/** The serialization's version and the oldest that can read it, a byte each; then the update's number, big-endian. */
const VERSION_BYTES = 2;

const names = z.array(z.strictObject({ name: z.string() }));
const values = z.array(z.strictObject({ key: z.string(), value: z.instanceof(Uint8Array) }));
const deltas = z.array(z.strictObject({ monitor: z.string(), id: z.string().regex(/^\d{1,20}$/) }));

/** @throws BackupError `backup_damaged` when the file can't be read as LDK 0.2 wrote it */
export function readNodeState(path: string): NodeState {
  let database: Database | undefined;
  try {
    database = new Database(path, { readonly: true });
    return stateOf(database);
  } catch (cause) {
    throw new BackupError("backup_damaged", `${path} cannot be read as a node's database (${reasonOf(cause)}).`, {
      cause,
    });
  } finally {
    database?.close();
  }
}

function stateOf(database: Database): NodeState {
  const tables = names.parse(database.query("SELECT name FROM sqlite_schema WHERE type = 'table'").all());
  if (!tables.some(({ name }) => name === TABLE)) return { wallet: null, channels: new Map() };
  const rows = (where: string) => values.parse(database.query(`SELECT key, value FROM ${TABLE} WHERE ${where}`).all());
  const [descriptor] = rows("primary_namespace = 'bdk_wallet' AND key = 'descriptor'");
  const channels = new Map<string, bigint>();
  for (const { key, value } of rows("primary_namespace = 'monitors'")) channels.set(key, updateId(key, value));
  const later = database.query(
    `SELECT secondary_namespace AS monitor, key AS id FROM ${TABLE} WHERE primary_namespace = 'monitor_updates'`,
  );
  for (const { monitor, id } of deltas.parse(later.all())) {
    const known = channels.get(monitor);
    if (known !== undefined && BigInt(id) > known) channels.set(monitor, BigInt(id));
  }
  const wallet = descriptor === undefined ? null : createHash("sha256").update(descriptor.value).digest("hex");
  return { wallet, channels };
}

function updateId(key: string, monitor: Uint8Array): bigint {
  const start = (SENTINEL.every((byte, i) => monitor[i] === byte) ? SENTINEL.length : 0) + VERSION_BYTES;
  if (monitor.length < start + 8) throw new Error(`the monitor ${key} is cut short`);
  return new DataView(monitor.buffer, monitor.byteOffset).getBigUint64(start);
}

/**
 * Takes LDK's channel manager out of a copy and leaves the channels' monitors: LDK's own way with a state that may be
 * old (`ChannelMonitor`'s docs). Nothing can be signed or sent for these channels any more; their peers close them, and
 * the monitors see that on the chain and collect what is ours.
 */
export function dropManager(path: string): void {
  const database = new Database(path, { readwrite: true });
  try {
    database.run(`DELETE FROM ${TABLE} WHERE primary_namespace = '' AND secondary_namespace = '' AND key = 'manager'`);
  } finally {
    database.close();
  }
}
