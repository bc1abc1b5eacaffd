/** The chain source, and this machine's clock. */
import type { Network } from "../node/port.ts";
import { type Check, type Finding, fail, ok, skip, warn } from "./check.ts";

/** Hash of block 0. All signets share theirs (BIP 325). */
export const genesis: Readonly<Record<Network, string>> = {
  bitcoin: "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
  testnet: "000000000933ea01ad0ee984209779baaec3ced90fa3f408719526f8d77f4943",
  signet: "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
  mutinynet: "00000008819873e925422c1ff0f99f7cc9bbb232af63a077a480a3633bee1ef6",
  regtest: "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206",
};

/** A tip older than this is rarer than once in a million blocks, or the source hangs. On regtest nothing is due. */
const staleMs: Readonly<Record<Network, number>> = {
  bitcoin: 3 * 3_600_000,
  testnet: 6 * 3_600_000,
  signet: 3 * 3_600_000,
  mutinynet: 600_000,
  regtest: Number.POSITIVE_INFINITY,
};

export const chainCheck: Check = {
  name: "chain",
  summary: "the source answers, is on the right network, and its tip is recent",
  async run({ chain, network, tip, clock }) {
    if (chain === undefined) {
      return [fail(`no source is set, and ${network} has none of its own`, "name one with --chain")];
    }
    const name = chain.kind === "bitcoind" ? `bitcoind ${chain.host}:${chain.port}` : `${chain.kind} ${chain.url}`;
    const found = await tip();
    if (!found.ok) {
      return [
        fail(
          `${name} does not answer as it should (${found.reason})`,
          "check its address, its credentials and that it runs",
        ),
      ];
    }
    if (found.genesis !== genesis[network]) {
      const other = Object.entries(genesis).find(([, hash]) => hash === found.genesis)?.[0] ?? "another network";
      return [fail(`${name} is on ${other}, not on ${network}`, "name another source, or the network it is on")];
    }
    const findings: Finding[] = [ok(`${name}: height ${found.height.toLocaleString("en")}`)];
    if (found.catchingUp) findings.push(fail("it is still catching up with the chain", "wait until it has"));
    const age = clock.wallMs() - found.timeMs;
    if (!found.catchingUp && age > staleMs[network]) {
      const says = `its newest block is ${Math.round(age / 60_000).toLocaleString("en")} minutes old`;
      findings.push(warn(says, "look whether the source hangs, and whether this machine's clock is right"));
    }
    if (found.pruned) {
      findings.push(
        warn(
          "it is pruned",
          "keep at least the blocks since this node was last on; a longer absence needs another source",
        ),
      );
    }
    return findings;
  },
};

/** Consensus takes no block that is further ahead of the network's time. */
const FUTURE_BLOCK_MS = 2 * 3_600_000;
/** From here on a venue's quote counts as being from the future. */
const NOTICEABLE_MS = 3_000;
const WRONG_MS = 30_000;
const REMEDY = "set it by NTP, e.g. timedatectl set-ntp true";

export const clockCheck: Check = {
  name: "clock",
  summary: "against the date of the price venues' answers and the time of the chain's tip",
  async run({ tip, venueAnswers, clock, chain }) {
    const findings: Finding[] = [];
    const ahead = (await venueAnswers()).flatMap(({ aheadMs }) => aheadMs ?? []).sort((a, b) => a - b);
    const middle = ahead[(ahead.length - 1) >> 1];
    if (middle !== undefined) {
      const seconds = (Math.abs(middle) / 1_000).toFixed(1);
      const says = `${seconds} s ${middle < 0 ? "behind" : "ahead of"} what ${ahead.length} price venues say`;
      const off = Math.abs(middle);
      findings.push(off > WRONG_MS ? fail(says, REMEDY) : off > NOTICEABLE_MS ? warn(says, REMEDY) : ok(says));
    }
    const found = chain === undefined ? undefined : await tip();
    if (found?.ok && found.timeMs - clock.wallMs() > FUTURE_BLOCK_MS) {
      const hours = ((found.timeMs - clock.wallMs()) / 3_600_000).toFixed(1);
      findings.push(fail(`the newest block is ${hours} hours ahead of this machine`, REMEDY));
    }
    if (findings.length > 0) return findings;
    return [found?.ok ? ok("not behind the chain; no venue told its date") : skip("nothing to compare it with")];
  },
};
