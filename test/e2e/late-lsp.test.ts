/** A user that is up before there is any LSP on its machine takes the first one that comes, by itself. */
import { expect, test } from "bun:test";
import { z } from "zod";
import { type Clock, systemClock } from "../../src/clock.ts";
import type { Role } from "../../src/node/port.ts";
import { sat } from "../../src/stable/units.ts";
import { openChainControl, untilBroadcast } from "./chains.ts";
import { quickClock } from "./fast-clock.ts";
import { type OneRole, openOneRole } from "./one-role.ts";
import { temporaryFolder } from "./program.ts";
import { until } from "./until.ts";

const nodeInfo = z.object({ node_id: z.string(), listen: z.tuple([z.string()]) });

test("it is opened again with the LSP, under what is running on it", async () => {
  const folder = temporaryFolder();
  const chain = await openChainControl("embedded");
  const open: OneRole[] = [];

  async function start(role: Role, clock: Clock): Promise<OneRole["run"]> {
    const one = await openOneRole(role, chain, folder.path, { clock });
    open.push(one);
    return one.run;
  }

  try {
    const user = await start("user", quickClock(10));
    const before = nodeInfo.parse(await user("nodeinfo"));
    await expect(user("getjitinvoice")).rejects.toMatchObject({ code: "no_lsp" });
    // Waits through the reopening, for a channel that only the LSP can bring.
    const ready = user("wait ready timeout 600");
    // On a quick clock it would have 3 s for opening the channel.
    const lsp = await start("lsp", systemClock());
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
    await untilBroadcast(chain);
    await chain.mine(6);
    expect(await ready).toMatchObject({ condition: "ready" });
  } finally {
    await Promise.all(open.map((one) => one.close()));
    await chain.close();
    folder.remove();
  }
}, 60_000);
