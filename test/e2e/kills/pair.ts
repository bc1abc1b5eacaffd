/** An LSP and a user as processes of their own on one chain, with one channel and one peg between them. */
import { join } from "node:path";
import { z } from "zod";
import type { ChainControl } from "../../../src/app/chain-control.ts";
import { freePort } from "../../../src/app/free-port.ts";
import { sat } from "../../../src/stable/units.ts";
import { chainArgument, untilBroadcast } from "../chains.ts";
import { type Result, type Seat, SeatGone, takeSeat } from "../seat.ts";
import { until } from "../until.ts";
import { type Book, readBook } from "./ledger.ts";

export const sides = ["user", "lsp"] as const;
export type SideName = (typeof sides)[number];

/** The user's half of each channel is pushed to it, so no third node is needed. */
export const CHANNEL_SAT = 2_000_000n;
export const PUSHED_SAT = 1_000_000n;
const TARGET_USD = 500;
/** Each side's, on chain, before the first channel. */
export const FUNDS_SAT = sat(1_000_000_000n);

const channelList = z.object({
  channels: z.array(z.object({ channel_id: z.string(), usable: z.boolean(), outbound_msat: z.string() })),
  closing: z.array(z.unknown()),
});
const agreementList = z.object({
  agreements: z.array(
    z.object({
      agreement_id: z.string(),
      status: z.string(),
      drift_bps: z.number().nullable(),
      reason: z.string().nullable(),
    }),
  ),
});
const nodeInfo = z.object({ node_id: z.string() });
const peerList = z.object({ peers: z.array(z.object({ node_id: z.string(), connected: z.boolean() })) });
const startedPeg = z.object({ agreement_id: z.string() });
const addressOnly = z.object({ address: z.string() });
const balance = z.object({ onchain_sat: z.string(), lightning_sat: z.string() });

async function every(holds: (side: SideName) => Promise<boolean>): Promise<boolean> {
  return (await Promise.all(sides.map(holds))).every((yes) => yes);
}

export interface Pair {
  chain: ChainControl;
  /** Where both keep their data. */
  folder: string;
  price(): number;
  /** Both see this price from now on. */
  setPrice(price: number): Promise<void>;
  ask(side: SideName, line: string): Promise<Result>;
  kill(side: SideName): Promise<void>;
  start(side: SideName): Promise<void>;
  /** Whether both have a live peg with nothing due and nothing in flight. */
  settled(): Promise<boolean>;
  channels(side: SideName): Promise<z.output<typeof channelList>>;
  agreements(side: SideName): Promise<z.output<typeof agreementList>["agreements"]>;
  onchainSat(side: SideName): Promise<bigint>;
  book(side: SideName, agreementId: string): Book;
  /** The transactions that brought the money of both. */
  funding: readonly string[];
  /** A fresh channel with the same target on it; both at rest. @returns the agreement's id */
  peg(): Promise<string>;
  close(): Promise<void>;
}

export async function openPair(chain: ChainControl, folder: string): Promise<Pair> {
  const listen = { user: `127.0.0.1:${freePort()}`, lsp: `127.0.0.1:${freePort()}` };
  const seats = new Map<SideName, Seat>();
  let price = 100_000;

  function seatOf(side: SideName): Seat {
    const seat = seats.get(side);
    if (seat === undefined) throw new SeatGone(`${side} is not running`);
    return seat;
  }
  const ask: Pair["ask"] = async (side, line) => seatOf(side).ask(line);
  const channels: Pair["channels"] = async (side) => channelList.parse(await ask(side, "listallchannels"));

  async function start(side: SideName): Promise<void> {
    const chainArgs = ["--chain", chainArgument(chain.source), "--listen", listen[side]];
    const args = [...chainArgs, "--price", `fixed=${price}`];
    seats.set(side, await takeSeat({ role: side, network: "regtest", dataDir: folder, args }));
  }

  async function end(side: SideName, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const ending = seats.get(side);
    seats.delete(side);
    await ending?.end(signal);
  }

  const settled = () => every((side) => seatOf(side).settled());

  async function peg(): Promise<string> {
    const { node_id } = nodeInfo.parse(await ask("user", "nodeinfo"));
    await until(async () => {
      const { peers } = peerList.parse(await ask("lsp", "peers"));
      return peers.some((peer) => peer.node_id === node_id && peer.connected);
    });
    await ask("lsp", `openchannel ${node_id}@${listen.user} ${CHANNEL_SAT} --push ${PUSHED_SAT} --private`);
    await untilBroadcast(chain);
    await chain.mine(6);
    await until(() => every(async (side) => (await channels(side)).channels[0]?.usable === true));
    const line = `startstablechannel last true ${TARGET_USD} 0`;
    const { agreement_id } = startedPeg.parse(await ask("user", line));
    await until(settled);
    return agreement_id;
  }

  const funding: string[] = [];
  for (const side of ["lsp", "user"] as const) {
    await start(side);
    const { address } = addressOnly.parse(await ask(side, "getaddress"));
    funding.push((await chain.fund(address, FUNDS_SAT)).txid);
    await ask(side, "sync");
  }

  return {
    chain,
    folder,
    price: () => price,
    async setPrice(next) {
      price = next;
      await Promise.all(sides.map((side) => ask(side, `price ${next}`)));
    },
    ask,
    kill: (side) => end(side, "SIGKILL"),
    start,
    settled,
    channels,
    agreements: async (side) => agreementList.parse(await ask(side, "stable")).agreements,
    onchainSat: async (side) => BigInt(balance.parse(await ask(side, "balance")).onchain_sat),
    book: (side, agreementId) => readBook(join(folder, "regtest", side), agreementId),
    funding,
    peg,
    async close() {
      await Promise.all([...seats.keys()].map((side) => end(side, "SIGKILL")));
    },
  };
}
