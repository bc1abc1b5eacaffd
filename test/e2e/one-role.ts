/** A role by itself, at a fixed price, as a program drives it: lines in, results out. */
import { randomBytes } from "node:crypto";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { freePort } from "../../src/app/free-port.ts";
import { openRole } from "../../src/app/role.ts";
import type { RoleLife } from "../../src/app/role-life.ts";
import { roleStage, stageSession } from "../../src/app/stage.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import type { Settings } from "../../src/config/settings.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import type { Role } from "../../src/node/port.ts";
import { createFeed } from "../../src/price/feed.ts";
import { parsePriceSpec } from "../../src/price/spec.ts";
import { execute, type Machine } from "../../src/script/execute.ts";
import { parseScript } from "../../src/script/script.ts";

export interface OneRole {
  life: RoleLife;
  /** Where it listens. */
  address: string;
  /** Runs one line; its JSON result. @throws the line's CodedError */
  run(line: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** @param dataDir stays when it is closed */
export async function openOneRole(
  role: Role,
  chain: ChainControl,
  dataDir: string,
  { settings = {}, clock = systemClock() }: { settings?: Settings; clock?: Clock } = {},
): Promise<OneRole> {
  const price = createFeed({ spec: parsePriceSpec("fixed=100000"), clock });
  const address = `127.0.0.1:${freePort()}`;
  const life = await openRole({
    role,
    settings: { ...settings, network: "regtest", chain: chain.source, "data-dir": dataDir, listen: address },
    env: {},
    price,
    onPriceDecision: () => () => undefined,
    clock,
    random: (n) => randomBytes(n),
    library: loadLibrary(),
  });
  const machine: Machine = { stage: roleStage(role, stageSession(life, price), price), clock, variables: new Map() };
  return {
    life,
    address,
    async run(line) {
      const [parsed] = parseScript(line, "test", { roles: [role], world: false }).lines;
      if (parsed === undefined) throw new Error("no line");
      return (await execute(parsed.statement, machine)).result;
    },
    async close() {
      await life.close();
      price.stop();
    },
  };
}
