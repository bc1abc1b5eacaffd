/** The demo as a program drives it: lines in, results out. */
import { randomBytes } from "node:crypto";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { dataFolders } from "../../src/app/data-folders.ts";
import { type Demo, type DemoOptions, openDemo } from "../../src/app/demo.ts";
import { demoStage } from "../../src/app/stage.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import type { Settings } from "../../src/config/settings.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import type { Role } from "../../src/node/port.ts";
import { createFeed } from "../../src/price/feed.ts";
import { parsePriceSpec } from "../../src/price/spec.ts";
import { execute, type Machine } from "../../src/script/execute.ts";
import { parseScript } from "../../src/script/script.ts";
import { type ChainKind, openChainControl } from "./chains.ts";
import { temporaryFolder } from "./program.ts";

type Json = Record<string, unknown>;

export interface Playing {
  demo: Demo;
  /** Runs one line; its JSON result. @throws the line's CodedError */
  run(line: string): Promise<Json>;
  /** Runs a whole script; the result of its last line. */
  script(text: string): Promise<Json>;
  /** Where a role keeps its data. */
  folder(role: Role): string;
  close(): Promise<void>;
}

/** @param given a chain that is up already; closed with the demo */
export async function openPlaying(
  kind: ChainKind,
  settings: Settings = {},
  given?: ChainControl,
  { clock = systemClock(), ...more }: Pick<DemoOptions, "freeBytes"> & { clock?: Clock } = {},
): Promise<Playing> {
  const feed = createFeed({ spec: settings.price ?? parsePriceSpec("fixed=100000"), clock });
  const chain = given ?? (await openChainControl(kind));
  const passing = temporaryFolder();
  const root = settings["data-dir"] ?? passing.path;
  const demo = await openDemo({
    ...more,
    settings: { ...settings, "data-dir": root },
    price: feed,
    onPriceDecision: () => () => undefined,
    clock,
    random: (n) => randomBytes(n),
    library: loadLibrary(),
    chain,
  });
  const machine: Machine = { stage: demoStage(demo, feed), clock, variables: new Map() };

  async function script(text: string): Promise<Json> {
    const parsed = parseScript(text, "test", { roles: machine.stage.roles, world: true });
    let last: Json = {};
    for (const line of parsed.lines) last = (await execute(line.statement, machine)).result;
    return last;
  }
  return {
    demo,
    run: script,
    script,
    folder: dataFolders(root, "regtest").role,
    close: () => demo.close().finally(() => passing.remove()),
  };
}

/** The LSP has so much on chain, and the exchange a channel to it. */
export const routing = (lspSat: number, exchangeSat = 10_000_000) => `
  faucet lsp ${lspSat}
  faucet exchange ${exchangeSat}
  exchange openchannel
  mine 6
  wait exchange ready
`;

/** Funded, with a routing channel, and a user's channel over 50,000 sat opened just in time. */
export const onboarding = `
  ${routing(100_000_000, 100_000_000)}
  user getjitinvoice
  exchange payjitinvoice
  wait user channels=1
`;
