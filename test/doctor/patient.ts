/** A healthy patient in a folder of its own; each test takes something away from it. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import type { ChainTip, Check, Finding, Patient, RoleData, VenueAnswer } from "../../src/doctor/check.ts";
import { venues } from "../../src/price/venues.ts";
import { price } from "../../src/stable/units.ts";

const folders: string[] = [];

/** Every file that uses this passes it to its own `afterEach`. */
export function cleanUp(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "doctor-"));
  folders.push(folder);
  return folder;
}

const clock = systemClock();
export const REGTEST = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";

export function tip(over: Partial<Extract<ChainTip, { ok: true }>> = {}): ChainTip {
  const found = { genesis: REGTEST, height: 110, timeMs: clock.wallMs(), catchingUp: false, pruned: false };
  return { ok: true, ...found, ...over };
}

/** The five dollar venues at one price, by a clock that is `aheadMs` off. */
export function answers(dollars: readonly number[] = [1, 1, 1, 1, 1], aheadMs = 0): VenueAnswer[] {
  return venues
    .filter(({ reference }) => !reference)
    .map((venue, i) => ({
      venue,
      observation: { source: venue.name, atMs: clock.steadyMs(), price: price(BigInt(dollars[i] ?? 1) * 1_000_000n) },
      aheadMs,
    }));
}

export interface Given extends Partial<Omit<Patient, "roles">> {
  role?: Partial<RoleData>;
  tipSays?: ChainTip;
  venuesSay?: VenueAnswer[];
}

export function patient({ role = {}, tipSays = tip(), venuesSay = answers(), ...over }: Given = {}): Patient {
  const root = over.root ?? freshFolder();
  const folder = join(root, "regtest/lsp");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    settings: {},
    settingProblems: [],
    network: "regtest",
    chain: { kind: "bitcoind", host: "127.0.0.1", port: 18_443, user: "me", password: "hunter22" },
    lsps: () => [],
    env: process.env,
    clock,
    venues,
    tip: async () => tipSays,
    venueAnswers: async () => venuesSay,
    ...over,
    root,
    roles: [{ role: "lsp", folder, listen: "127.0.0.1:0", pid: undefined, ...role }],
  };
}

/** What one check says: `state: words`. */
export async function said(check: Check, given: Given = {}): Promise<string[]> {
  const findings: Finding[] = await check.run(patient(given));
  for (const { state, remedy } of findings) {
    // What is wrong comes with what to do.
    if ((state === "fail" || state === "warn") && !remedy) throw new Error(`${check.name} names no remedy`);
  }
  return findings.map(({ state, says }) => `${state}: ${says}`);
}
