/** A user that is up before there is any LSP on its machine takes the first one that comes, by itself. */
import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { freePort } from "../../src/app/free-port.ts";
import { openRole } from "../../src/app/role.ts";
import type { RoleLife } from "../../src/app/role-life.ts";
import { roleStage, stageSession } from "../../src/app/stage.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { loadLibrary } from "../../src/ffi/library.ts";
import type { Role } from "../../src/node/port.ts";
import { createFeed } from "../../src/price/feed.ts";
import { parsePriceSpec } from "../../src/price/spec.ts";
import { execute, type Machine } from "../../src/script/execute.ts";
import { parseScript } from "../../src/script/script.ts";
import { sat } from "../../src/stable/units.ts";
import { openChainControl } from "./chains.ts";
import { temporaryFolder } from "./program.ts";
import { until } from "./until.ts";

const nodeInfo = z.object({ node_id: z.string(), listen: z.tuple([z.string()]) });

/** Ten times as fast as the machine's. */
function quickClock(): Clock {
  const { wallMs, steadyMs, after } = systemClock();
  return { wallMs, steadyMs: () => steadyMs() * 10, after: (ms, run) => after(ms / 10, run) };
}

test("it is opened again with the LSP, under what is running on it", async () => {
  const folder = temporaryFolder();
  const chain = await openChainControl("embedded");
  const lives: RoleLife[] = [];

  async function start(role: Role) {
    const clock = quickClock();
    const price = createFeed({ spec: parsePriceSpec("fixed=100000"), clock });
    const settings = {
      network: "regtest" as const,
      chain: chain.source,
      "data-dir": folder.path,
      listen: `127.0.0.1:${await freePort()}`,
    };
    const life = await openRole({
      role,
      settings,
      env: {},
      price,
      onPriceDecision: () => () => undefined,
      clock,
      random: (n) => randomBytes(n),
      library: loadLibrary(),
    });
    lives.push(life);
    const machine: Machine = { stage: roleStage(role, stageSession(life, price), price), clock, variables: new Map() };
    return async (line: string) => {
      const [parsed] = parseScript(line, "test", { roles: [role], world: false }).lines;
      if (parsed === undefined) throw new Error("no line");
      return (await execute(parsed.statement, machine)).result;
    };
  }

  try {
    const user = await start("user");
    const before = nodeInfo.parse(await user("nodeinfo"));
    await expect(user("getjitinvoice")).rejects.toMatchObject({ code: "no_lsp" });
    // Waits through the reopening, for a channel that only the LSP can bring.
    const ready = user("wait ready timeout 600");
    const lsp = await start("lsp");
    await until(async () => JSON.stringify(await user("peers")).includes('"connected":true'));
    expect(await user("nodeinfo")).toMatchObject({ node_id: before.node_id });
    await chain.fund(String((await lsp("getaddress"))["address"]), sat(1_000_000n));
    await lsp("sync");
    // Until the LSP has told that it has money now.
    let invoice: Record<string, unknown> = {};
    await until(async () => {
      invoice = await user("getjitinvoice 20000").catch(() => ({}));
      return "lsp" in invoice;
    });
    expect(invoice["lsp"]).toBe((await lsp("nodeinfo"))["node_id"]);
    await lsp(`openchannel ${before.node_id}@${before.listen[0]} 100000 --private`);
    await chain.mine(6);
    expect(await ready).toMatchObject({ condition: "ready" });
  } finally {
    await Promise.all(lives.map((life) => life.close()));
    await chain.close();
    folder.remove();
  }
}, 60_000);
