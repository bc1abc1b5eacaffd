import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { createRoles } from "../commands/fake-roles.ts";
import { meet, play } from "./fake-stage.ts";

const demo = readFileSync(new URL("../../scripts/demo.txt", import.meta.url), "utf8");
const lineSchema = z.object({
  line: z.int(),
  role: z.string().optional(),
  command: z.string(),
  ok: z.literal(true),
  result: z.record(z.string(), z.unknown()),
  elapsed_ms: z.int(),
});

test("the walkthrough of scripts/demo.txt runs to its end and settles the fall", async () => {
  const fake = createRoles();
  await meet(fake);
  const { code, out, err } = await play(fake, demo, { json: true });
  expect(err).toEqual([]);
  expect(code).toBe(0);
  const lines = out.map((line) => lineSchema.parse(JSON.parse(line)));
  expect(lines.map((line) => line.command)).toEqual([
    ...["getaddress", "getaddress", "faucet", "faucet", "balance", "balance", "openchannel", "mine", "wait"],
    ...["listallchannels", "getjitinvoice", "payjitinvoice", "wait", "listallchannels", "listallchannels"],
    ...["startstablechannel", "price", "wait", "stable", "expect"],
  ]);
  const started = lines.find((line) => line.command === "startstablechannel");
  // 50,000 sat arrived, $4.00 at $100,000 is 4,000 sat, the rest stays native.
  expect(started?.result).toMatchObject({ target_usd: "4.000000", backing_msat: "4000000", native_msat: "46000000" });
  const settled = lines.find((line) => line.command === "stable");
  expect(settled?.result["agreements"]).toMatchObject([
    { backing_msat: "5000000", received_msat: "1000000", drift_bps: 0 },
  ]);
});

test("its human output says each line, then the result", async () => {
  const fake = createRoles();
  await meet(fake);
  const { out } = await play(fake, demo);
  const text = out.join("\n");
  expect(text).toContain("> faucet lsp 100000000\nrole    lsp\namount  100,000,000 sat\n");
  expect(text).toContain("> price 80000\n");
  expect(text).toMatch(/> user listallchannels\nchannel id +counterparty +alias +capacity/);
  expect(text).toContain("as expected: 0");
});
