/** A live engine with an agreement in force, and a peer that has stopped running ours and says what it likes. */
import type { CustomRecord } from "../../src/node/port.ts";
import type { Agreement } from "../../src/stable/agreement.ts";
import type { AuditEntry, Change } from "../../src/stable/ledger.ts";
import { micro, msat, sat } from "../../src/stable/units.ts";
import { simClock } from "../sim/clock.ts";
import { nodeIdOf, signatureOf } from "../sim/keys.ts";
import type { Watch } from "../sim/life.ts";
import { simNetwork } from "../sim/network.ts";
import { type SimPeer, simPeer, usd } from "../sim/peer.ts";

export const DOLLARS = 100_000;

export interface Sent {
  amountMsat: bigint;
  records: CustomRecord[];
  /** Another node with a channel to the victim sends it. */
  byStranger?: boolean;
}

/** What one message did. */
export interface Effect {
  /** Commits that touched the book: agreements, revisions, settlements. */
  book: Change[];
  audit: AuditEntry[];
  /** What the victim's balance grew by, before it answered. */
  gainedMsat: bigint;
}

export interface Victim {
  peer: SimPeer;
  /** The hostile one, which is the peer of the agreement. */
  peerId: string;
  strangerId: string;
  /** As the victim has it. */
  agreement(): Agreement;
  channelId: string;
  /** A channel of the victim with the stranger. */
  otherChannelId: string;
  /** Every record the peer sent while it was honest. */
  genuine: readonly CustomRecord[];
  nowSeconds(): number;
  /** How many keysends of the victim's have left so far. */
  sent(): number;
  /** Time passes, and nobody says anything. */
  rest(ms: number): Promise<void>;
  sign(payload: string, by: "peer" | "stranger"): string;
  receive(sent: Sent): Promise<Effect>;
  close(): Promise<void>;
}

export async function victim(side: "receiver" | "provider"): Promise<Victim> {
  const clock = simClock();
  const network = simNetwork(clock);
  const [name, hostile] = side === "receiver" ? ["user", "lsp"] : ["lsp", "user"];
  const peerId = nodeIdOf(hostile);
  const strangerId = nodeIdOf("stranger");
  const channelId = network.open("user", "lsp", { a: sat(400_000n), b: sat(400_000n) });
  const otherChannelId = network.open("stranger", name, { a: sat(400_000n), b: sat(400_000n) });

  let commits: Change[] = [];
  const watch: Watch = {
    committed: (changes) => {
      commits = [...commits, ...changes];
    },
    sending: () => undefined,
    acknowledged: () => undefined,
  };
  const price = usd(DOLLARS);
  const peer = await simPeer(name, network, clock, { price, watch });
  const accomplice = await simPeer(hostile, network, clock, { price });
  const [user, lsp] = side === "receiver" ? [peer, accomplice] : [accomplice, peer];

  const [channel] = await user.node.channels();
  if (channel === undefined) throw new Error("no channel");
  const target = { targetMicro: micro(100_000_000n), keepNativeMsat: msat(0n) };
  const started = user.engine.port.start({ channel, side: "receiver", ...target });
  await clock.advance(5_000);
  await started;
  // One settlement of either side, so that there is something to repeat.
  for (const dollars of [DOLLARS * 0.9, DOLLARS]) {
    for (const side of [user, lsp]) side.feed.tick(usd(dollars));
    await clock.advance(30_000);
  }
  const genuine = network.flights.filter(({ from }) => from === peerId).flatMap(({ records }) => records);
  accomplice.crash();
  network.power(peerId, true);
  let sent = 0;

  function agreement(): Agreement {
    const last = committed.get(channelId);
    if (last === undefined) throw new Error("no agreement");
    return last;
  }
  const committed = new Map<string, Agreement>();
  for (const change of commits) {
    if (!("drop" in change) && change.put === "agreement") committed.set(channelId, change.agreement);
  }

  return {
    peer,
    peerId,
    strangerId,
    agreement,
    channelId,
    otherChannelId,
    genuine,
    nowSeconds: () => Math.floor(clock.wallMs() / 1000),
    sent: () => network.flights.filter(({ from }) => from === peer.node.nodeId).length,
    rest: (ms) => clock.advance(ms),
    sign: (payload, by) => signatureOf(by === "peer" ? peerId : strangerId, payload),
    async receive({ amountMsat, records, byStranger = false }) {
      commits = [];
      const before = peer.node.balanceMsat();
      const from = network.node(byStranger ? "stranger" : hostile);
      const preimage = new Bun.CryptoHasher("sha256").update(`hostile ${sent++}`).digest("hex");
      await from.keysend({ nodeId: peer.node.nodeId, amountMsat: msat(amountMsat), preimage, records });
      await clock.advance(50);
      const gainedMsat = peer.node.balanceMsat() + network.inFlightMsat() - before;
      await clock.advance(200);
      const put = commits.flatMap((change) => ("drop" in change ? [] : [change]));
      return {
        book: put.filter(({ put }) => put === "agreement" || put === "revision" || put === "settlement"),
        audit: put.flatMap((change) => (change.put === "audit" ? [change.entry] : [])),
        gainedMsat,
      };
    },
    async close() {
      await peer.close();
      await accomplice.close();
    },
  };
}
