/** A role for each kind of chain source, all on one bitcoind, each source with whatever can be wrong with one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type Bitcoind, startBitcoind } from "../support/bitcoind.ts";
import { startElectrumx } from "../support/electrumx.ts";
import { startEsplora } from "../support/esplora.ts";
import type { FaultySource } from "../support/faults.ts";
import { faultyElectrum } from "../support/faulty-electrum.ts";
import { faultyBitcoind, faultyEsplora } from "../support/faulty-http.ts";
import { attachedTo } from "./attached.ts";
import { chainArgument, type SourceKind, sourceKinds } from "./chains.ts";
import type { Running } from "./program.ts";
import { type Services, services } from "./services.ts";

const infoSchema = z.looseObject({
  node_id: z.string(),
  listen: z.tuple([z.string()]),
  block_height: z.number(),
  synced: z.boolean(),
  chain_state: z.string(),
  chain_detail: z.string().nullable(),
});

/** An exchange as a service, and what is asked of it from outside. */
export interface Party {
  kind: SourceKind;
  source: FaultySource;
  /** As it stands in the role's errors. */
  address: string;
  all: Services;
  program: Running;
  /** @throws ControlError of the command */
  run(line: string): Promise<Record<string, unknown>>;
  info(): Promise<z.output<typeof infoSchema>>;
}

export interface Parties {
  bitcoind: Bitcoind;
  parties: readonly Party[];
  of(kind: SourceKind): Party;
  close(): Promise<void>;
}

export async function openParties(): Promise<Parties> {
  const root = mkdtempSync(join(tmpdir(), "peer-stables-faults-"));
  const closers: (() => unknown)[] = [() => rmSync(root, { recursive: true, force: true })];
  async function close(): Promise<void> {
    for (const one of closers.splice(0).reverse()) await one();
  }
  try {
    const bitcoind = await startBitcoind({ dataDir: join(root, "bitcoind") });
    closers.push(bitcoind.stop);
    await bitcoind.mine(110);
    const esplora = startEsplora(bitcoind.rpc);
    closers.push(esplora.stop);
    const electrumx = await startElectrumx(bitcoind);
    closers.push(electrumx.stop);
    const sources: Record<SourceKind, FaultySource> = {
      bitcoind: await faultyBitcoind(bitcoind),
      esplora: await faultyEsplora(esplora, bitcoind),
      electrum: await faultyElectrum(electrumx, bitcoind),
    };
    for (const { stop } of Object.values(sources)) closers.push(stop);
    const parties = await Promise.all(
      sourceKinds.map((kind) => openParty(kind, sources[kind], join(root, kind), closers)),
    );
    const of = (kind: SourceKind) => {
      const found = parties.find((party) => party.kind === kind);
      if (found === undefined) throw new Error(`no party over ${kind}`);
      return found;
    };
    return { bitcoind, parties, of, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openParty(
  kind: SourceKind,
  source: FaultySource,
  path: string,
  closers: (() => unknown)[],
): Promise<Party> {
  const all = services(path, source);
  closers.push(all.close);
  const program = await all.start("exchange");
  const { run, close } = await attachedTo(all, "exchange");
  closers.push(close);
  const address = chainArgument(source.source).replace(/^\w+=(http:\/\/.*@)?/, "");
  const info = async () => infoSchema.parse(await run("nodeinfo"));
  return { kind, source, address, all, program, run, info };
}
