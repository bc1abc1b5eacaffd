/** Nothing is spent on chain while the chain source does not answer. */
import { expect, test } from "bun:test";
import { spendWithSource } from "../../src/app/spend-with-source.ts";
import { CodedError } from "../../src/errors.ts";
import type { Node } from "../../src/node/port.ts";
import { msat, sat } from "../../src/stable/units.ts";
import { createRoles, LSP_ADDRESS, nodeIds } from "../commands/fake-roles.ts";

const channel = { nodeId: nodeIds.lsp, address: LSP_ADDRESS, amountSat: sat(1n), pushMsat: msat(0n), announced: false };
const spending: readonly (readonly [string, (node: Node) => Promise<unknown>])[] = [
  ["openChannel", (node) => node.openChannel(channel)],
  ["spliceIn", (node) => node.spliceIn("1", nodeIds.lsp, sat(1n))],
  ["spliceOut", (node) => node.spliceOut("1", nodeIds.lsp, "bcrt1q", sat(1n))],
  ["sendOnchain", (node) => node.sendOnchain({ address: "bcrt1q", amountSat: "all" })],
];

test.each(spending)("%s", async (name, spend) => {
  const spent: string[] = [];
  const done = (what: string) => async () => {
    spent.push(what);
  };
  let isAway = true;
  const node = spendWithSource({
    ...createRoles().of.lsp.context.node,
    async checkSource() {
      if (isAway) throw new CodedError("chain_unreachable", "down");
      return { tipHeight: 100 };
    },
    openChannel: async () => {
      spent.push("openChannel");
      return { userChannelId: "1" };
    },
    spliceIn: done("spliceIn"),
    spliceOut: done("spliceOut"),
    sendOnchain: async () => {
      spent.push("sendOnchain");
      return { txid: "ab".repeat(32) };
    },
  });
  await expect(spend(node)).rejects.toMatchObject({ code: "chain_unreachable" });
  expect(spent).toEqual([]);
  isAway = false;
  await spend(node);
  expect(spent).toEqual([name]);
});
