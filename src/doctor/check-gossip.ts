/** Gossip as a snapshot (rapid gossip sync) and others' scores of paths, where they are wanted. */
import type { Network } from "../node/port.ts";
import { type Check, type Finding, fail, ok, type Patient, skip } from "./check.ts";
import { genesis } from "./check-chain.ts";
import { firstBytes } from "./first-bytes.ts";

/** `LDK`, a version, the network's chain hash (32 bytes) and the snapshot's time (4), as rapid gossip sync begins. */
const HEAD_BYTES = 40;
const VERSIONS: readonly (number | undefined)[] = [1, 2];
/** LDK takes none that is older. */
const OLDEST_MS = 14 * 86_400_000;
const OTHER_RGS = "name another with --rgs-url, or leave it out and take gossip from peers";
const OTHER_SCORES = "name another with --scores-url, or leave it out";

export const gossipCheck: Check = {
  name: "gossip",
  summary: "the sources of gossip snapshots and of scores answer with such for this network, where they are set",
  async run(patient) {
    const { "rgs-url": rgsUrl, "scores-url": scoresUrl } = patient.settings;
    const findings = await Promise.all([
      ...(rgsUrl === undefined ? [] : [snapshotFinding(rgsUrl, patient)]),
      ...(scoresUrl === undefined ? [] : [scoresFinding(scoresUrl)]),
    ]);
    return findings.length === 0 ? [skip("gossip comes from peers, and no scores are wanted")] : findings;
  },
};

async function snapshotFinding(url: string, { network, clock }: Patient): Promise<Finding> {
  const found = await firstBytes(`${url}/0`, HEAD_BYTES);
  if (!found.ok) return fail(`${url} gives no snapshot (${found.reason})`, OTHER_RGS);
  const { bytes } = found;
  const isSnapshot = bytes.length >= HEAD_BYTES && bytes.toString("latin1", 0, 3) === "LDK";
  if (!isSnapshot || !VERSIONS.includes(bytes[3])) return fail(`${url} sends what is no snapshot`, OTHER_RGS);
  const chain = Buffer.from(bytes.subarray(4, 36)).reverse().toString("hex");
  if (chain !== genesis[network]) return fail(`${url} is of ${networkOf(chain)}, not of ${network}`, OTHER_RGS);
  const madeMs = bytes.readUInt32BE(36) * 1_000;
  const made = new Date(madeMs).toISOString().slice(0, 10);
  if (clock.wallMs() - madeMs > OLDEST_MS) return fail(`${url} is of ${made}, more than two weeks old`, OTHER_RGS);
  return ok(`${url}: a snapshot of ${made}`);
}

function networkOf(chain: string): Network | "another network" {
  const networks = ["bitcoin", "testnet", "signet", "mutinynet", "regtest"] as const;
  return networks.find((network) => genesis[network] === chain) ?? "another network";
}

/** A BigSize length (BOLT 1) and the record of type 0, as LDK writes scores. */
async function scoresFinding(url: string): Promise<Finding> {
  const found = await firstBytes(url, 10);
  if (!found.ok) return fail(`${url} gives no scores (${found.reason})`, OTHER_SCORES);
  const { bytes } = found;
  const [first = 0xff] = bytes;
  const after = first < 0xfd ? 1 : first === 0xfd ? 3 : first === 0xfe ? 5 : 9;
  return bytes[after] === 0 ? ok(`${url}: scores`) : fail(`${url} sends what are no scores`, OTHER_SCORES);
}
