import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { parseLine } from "../../src/commands/parse.ts";
import { viewLines } from "../../src/commands/text.ts";
import type { LogLine } from "../../src/node/port.ts";
import { createRoles, nodeIds, onboarded, routed } from "./fake-roles.ts";

describe("payments", () => {
  test("newest last, in the form of the table, and filtered", async () => {
    const fake = await onboarded();
    fake.clock.pass(5_000);
    await fake.run("user", `keysend ${nodeIds.lsp} 5`);
    const all = await fake.run("user", "payments");
    expect(all["payments"]).toMatchObject([
      { kind: "bolt11_jit", direction: "inbound", amount_msat: "50000000", updated_at: "2026-01-01T00:00:00Z" },
      {
        kind: "spontaneous",
        direction: "outbound",
        amount_msat: "5000",
        updated_at: "2026-01-01T00:00:05Z",
        txid: null,
      },
    ]);
    expect((await fake.run("user", "payments 1"))["payments"]).toMatchObject([{ kind: "spontaneous" }]);
    expect((await fake.run("user", "payments --direction in"))["payments"]).toMatchObject([{ kind: "bolt11_jit" }]);
    expect((await fake.run("user", "payments --status failed"))["payments"]).toEqual([]);
  });

  test("what was agreed for opening a channel stands beside what was taken", async () => {
    const fake = await routed();
    fake.of.lsp.wallet.openingFeeMsat = 1_500_000n;
    await fake.run("user", "getjitinvoice");
    await fake.run("exchange", "payjitinvoice");
    const { payments } = z.object({ payments: z.array(z.unknown()) }).parse(await fake.run("user", "payments"));
    expect(payments).toMatchObject([{ agreed_fee_msat: "1500000", skimmed_fee_msat: "1500000" }]);
    const { view } = await parseLine("payments", ["user"]).call.run(fake.of.user.context);
    expect(viewLines(view(), { color: false })[0]).toContain("agreed fee  skimmed fee");
    const { view: plain } = await parseLine("payments", ["exchange"]).call.run(fake.of.exchange.context);
    expect(viewLines(plain(), { color: false })[0]).not.toContain("agreed fee");
  });

  test.each([
    ["payments 0", "bad_argument"],
    ["payments --direction up", "bad_argument"],
    ["payments --status", "missing_argument"],
    ["payments 5 6", "unexpected_argument"],
  ])("%s: %s", async (line, code) => {
    expect<string>((await createRoles().fails("user", line)).code).toBe(code);
  });
});

test("forwards name the peers, or the channels where those are unknown", async () => {
  const fake = createRoles();
  const base = { at: fake.of.lsp.context.now(), prevChannelId: "aa", nextChannelId: "bb" };
  await fake.of.lsp.store.commit([
    { put: "forward", forward: { ...base, id: "1" } },
    { put: "forward", forward: { ...base, id: "2", prevNodeId: nodeIds.exchange, nextNodeId: nodeIds.user } },
  ]);
  expect((await fake.run("lsp", "forwards"))["forwards"]).toMatchObject([
    { from: "aa", to: "bb", fee_earned_msat: null },
    { from: nodeIds.exchange, to: nodeIds.user },
  ]);
});

test("log keeps what is severe enough and has the text, even where the newest lines have not", async () => {
  const fake = createRoles();
  const line = (seq: number, level: LogLine["level"], message: string): LogLine => ({
    seq: BigInt(seq),
    at: 1_767_225_600 + seq,
    level,
    module: "ldk_node",
    message,
  });
  fake.of.user.wallet.log = [
    line(1, "error", "no peer"),
    line(2, "info", "peer connected"),
    ...Array.from({ length: 100 }, (_, i) => line(i + 3, "debug", "tick")),
  ];
  const messages = async (typed: string) => {
    return z
      .array(z.object({ message: z.string() }))
      .parse((await fake.run("user", typed))["lines"])
      .map((l) => l.message);
  };
  expect(await messages("log")).toHaveLength(50);
  expect(await messages("log --level info")).toEqual(["no peer", "peer connected"]);
  expect(await messages("log --level error")).toEqual(["no peer"]);
  expect(await messages("log 1 --grep peer")).toEqual(["peer connected"]);
  expect((await fake.run("user", "log 1"))["lines"]).toEqual([
    { seq: "102", at: "2026-01-01T00:01:42Z", level: "debug", module: "ldk_node", message: "tick" },
  ]);
});

test("audit by agreement and kind", async () => {
  const fake = await onboarded();
  const { agreement_id } = await fake.run("user", "startstablechannel last true 4 0");
  const agreementId = String(agreement_id);
  await fake.of.user.store.commit([
    { put: "audit", entry: { kind: "price", data: { price_usd: "1.000000" } } },
    { put: "audit", entry: { kind: "settlement", agreementId, peer: nodeIds.lsp, data: { amount_msat: "5" } } },
  ]);
  expect((await fake.run("user", "audit"))["lines"]).toHaveLength(2);
  expect((await fake.run("user", "audit --kind price"))["lines"]).toMatchObject([{ data: { price_usd: "1.000000" } }]);
  expect((await fake.run("user", `audit --agreement ${agreementId.slice(0, 8)}`))["lines"]).toMatchObject([
    { kind: "settlement", agreement_id: agreementId, peer: nodeIds.lsp },
  ]);
  expect((await fake.fails("user", "audit --agreement deadbeef")).code).toBe("unknown_agreement");
});
