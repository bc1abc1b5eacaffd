/** A server of gossip snapshots (rapid gossip sync, version 1) and of scores, with what can be wrong with one. */

/** As a chain hash is written: the genesis block's, turned around. */
const chainHash = {
  regtest: "06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f",
  bitcoin: "6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000",
} as const;

const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const u32 = (value: number) => Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
const u64 = (value: bigint) => Buffer.from(value.toString(16).padStart(16, "0"), "hex");
/** BigSize (BOLT 1) of what needs all eight bytes. */
const long = (value: bigint) => Buffer.concat([Buffer.from([0xff]), u64(value)]);
const short = (value: number) => Buffer.from([value]);

const SHORT_CHANNEL_ID = (100n << 40n) | (1n << 16n);

/** Two nodes, a channel between them, and its policy in both directions. */
export function snapshot(network: keyof typeof chainHash, unixSeconds: number): Buffer {
  const nodes = [Buffer.alloc(33, 2), Buffer.alloc(33, 3)];
  const channel = [u16(0), long(SHORT_CHANNEL_ID), short(0), short(1)];
  const policy = [u16(40), u64(1n), u32(1_000), u32(10), u64(50_000_000n)];
  const updates = [long(SHORT_CHANNEL_ID), short(0), short(0), short(1)];
  return Buffer.concat([
    Buffer.from("LDK\x01", "latin1"),
    Buffer.from(chainHash[network], "hex"),
    u32(unixSeconds),
    u32(nodes.length),
    ...nodes,
    u32(1),
    ...channel,
    u32(2),
    ...policy,
    ...updates,
  ]);
}

/** LDK's scores of no channel: a TLV stream of four bytes with an empty map in it. */
export const noScores = Buffer.from("0400020000", "hex");

export interface GossipServer {
  rgsUrl: string;
  scoresUrl: string;
  stop(): Promise<void>;
}

/** @param answer what is at each of the two addresses; a Promise that never ends is a server that hangs */
export function startGossipServer(answer: Record<"rgs" | "scores", () => Response | Promise<Response>>): GossipServer {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: (request) => (new URL(request.url).pathname.startsWith("/rgs/") ? answer.rgs() : answer.scores()),
  });
  const at = `http://127.0.0.1:${server.port}`;
  return { rgsUrl: `${at}/rgs`, scoresUrl: `${at}/scores`, stop: () => server.stop(true) };
}
