import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseLine } from "../../src/commands/parse.ts";
import { lasting } from "../../src/commands/quote-view.ts";
import { viewLines } from "../../src/commands/text.ts";
import { offer } from "./fake-offer.ts";
import { createRoles, type FakeRoles, LSP_ADDRESS, localTerms, nodeIds, routed } from "./fake-roles.ts";

/** Two LSPs: the one in use asks 1,000 sat and 1 %, the other 400 sat. */
async function twoLsps(): Promise<FakeRoles> {
  const fake = await routed();
  fake.lsp.contact = { nodeId: nodeIds.lsp, address: LSP_ADDRESS, local: localTerms(1_000_000n) };
  fake.lsp.others = [{ nodeId: nodeIds.exchange, address: "lsp.example.org:9735", token: "t" }];
  fake.of.lsp.wallet.info = { result: { opening_fee_params_menu: [offer(), offer({ min_fee_msat: "2000000" })] } };
  fake.of.exchange.wallet.openingFeeMsat = 400_000n;
  return fake;
}

async function textOf(fake: FakeRoles, line: string): Promise<string> {
  const { view } = await parseLine(line, ["user"]).call.run(fake.of.user.context);
  return viewLines(view(), { color: false }).join("\n");
}

describe("lsps2 quote", () => {
  test("compares what each LSP asks, and marks the cheapest and the one in use", async () => {
    const fake = await twoLsps();
    expect(await fake.run("user", "lsps2 quote 200000")).toMatchObject({
      amount_msat: "200000000",
      opening_fee_msat: "400000",
      cheapest: nodeIds.exchange,
      lsps: [
        {
          lsp: nodeIds.lsp,
          in_use: true,
          cheapest: false,
          opening_fee_msat: "2000000",
          arrives_msat: "198000000",
          channel_sat: "396000",
          channel_is_least: false,
          // 396,000 sat less 198,000 that arrived, a reserve of 1 % and two anchors
          inbound_after_msat: "193380000",
          valid_until_at: "2026-01-02T00:00:00Z",
          valid_for_ms: 86_400_000,
          obstacle: null,
        },
        {
          lsp: nodeIds.exchange,
          in_use: false,
          cheapest: true,
          opening_fee_msat: "400000",
          channel_sat: "199600",
          channel_is_least: true,
          inbound_after_msat: null,
        },
      ],
      menu: [
        { lsp: nodeIds.lsp, offer: 1, fee_ppm: 10_000, opening_fee_msat: "2000000", unfit: null },
        { lsp: nodeIds.lsp, offer: 2, opening_fee_msat: "2000000" },
        { lsp: nodeIds.exchange, offer: 1, opening_fee_msat: "400000" },
      ],
      deviations: [],
    });
    const text = await textOf(fake, "lsps2 quote 200000");
    for (const part of ["cheapest  exchange", "23h 59m|24h 0m", "24h 0m +or more", "in use    lsp", "193,380 sat"]) {
      expect(text).toMatch(new RegExp(part));
    }
  });

  test("nothing is bought or kept by it", async () => {
    const fake = await twoLsps();
    await fake.run("user", "lsps2 quote");
    expect([fake.network.invoices.size, fake.of.user.store.jit.size]).toEqual([0, 0]);
  });

  test("an LSP that is away or refuses is a row like any other", async () => {
    const fake = await twoLsps();
    fake.of.lsp.wallet.info = { error: { code: 200, message: "\u001b[2J" } };
    fake.of.exchange.wallet.online = false;
    const result = await fake.run("user", "lsps2 quote");
    expect(result).toMatchObject({
      opening_fee_msat: null,
      cheapest: null,
      lsps: [
        { error: "lsp_bad_token", obstacle: "says that it does not know the token, or the token has expired" },
        { error: "lsp_away" },
      ],
      menu: [],
    });
    expect(JSON.stringify(result)).not.toContain("u001b");
    const text = await textOf(fake, "lsps2 quote");
    expect(text).toContain("cheapest  none");
    expect(text).toContain(
      "\nlsp says that it does not know the token, or the token has expired\nexchange does not answer (",
    );
  });

  test("what breaks a bLIP is named with its place", async () => {
    const fake = await twoLsps();
    const offers = [offer({ valid_until: "2026-01-02T00:00:00Z" }), offer()];
    fake.of.lsp.wallet.info = { result: { opening_fee_params_menu: offers } };
    expect((await fake.run("user", "lsps2 quote"))["deviations"]).toMatchObject([
      { offer: 1, rule: "datetime_exact", severity: "deviation", source: "bLIP-50, Datetimes" },
      { offer: 2, rule: "menu_order", severity: "deviation", source: "bLIP-52, API Information" },
    ]);
    fake.of.lsp.wallet.info = { result: { opening_fee_params_menu: [offer({ promise: "x".repeat(513) })] } };
    expect(await fake.run("user", "lsps2 quote")).toMatchObject({
      lsps: [{ error: "lsp_protocol", opening_fee_msat: null }, {}],
      deviations: [{ rule: "promise_length", severity: "abort", found: "513 bytes" }],
    });
  });

  test("a menu of 100 is told whole, and shown in part", async () => {
    const fake = await twoLsps();
    const offers = Array.from({ length: 100 }, (_, i) => offer({ proportional: 10_000 + i }));
    fake.of.lsp.wallet.info = { result: { opening_fee_params_menu: offers } };
    expect((await fake.run("user", "lsps2 quote"))["menu"]).toHaveLength(101);
    expect(await textOf(fake, "lsps2 quote")).toContain("and 89 more; --json has them all");
  });

  test("a year that no calendar has is shown as the last there is", async () => {
    const fake = await twoLsps();
    fake.of.lsp.wallet.info = {
      result: { opening_fee_params_menu: [offer({ valid_until: "9999-12-31T23:59:59.999-23:59" })] },
    };
    expect(await fake.run("user", "lsps2 quote")).toMatchObject({
      lsps: [{ valid_until_at: "9999-12-31T23:59:59Z" }, {}],
    });
  });
});

describe("lsps2 use", () => {
  test("takes another, by name, by the beginning of its id, or by its address", async () => {
    const fake = await twoLsps();
    const other = nodeIds.exchange;
    expect(await fake.run("user", "lsps2 use exchange")).toMatchObject({ lsp: other, before: nodeIds.lsp });
    expect(await fake.run("user", "getjitinvoice")).toMatchObject({ lsp: other, opening_fee_msat: "0" });
    expect(await fake.run("user", `lsps2 use ${nodeIds.lsp.slice(0, 8)}`)).toMatchObject({
      lsp: nodeIds.lsp,
      before: other,
    });
    const far = `03${"77".repeat(32)}`;
    expect(await fake.run("user", `lsps2 use ${far}@example.org:9735`)).toMatchObject({
      lsp: far,
      address: "example.org:9735",
    });
    const list = (await fake.run("user", "lsps2"))["lsps"];
    expect(list).toMatchObject([
      { lsp: far, in_use: true },
      { lsp: nodeIds.lsp, alias: "lsp", in_use: false, unpaid: 0 },
      { lsp: other, alias: "exchange", in_use: false, unpaid: 1, next_free_at: null },
    ]);
  });

  test("names what there is where none or several fit", async () => {
    const fake = await twoLsps();
    expect((await fake.fails("user", "lsps2 use nobody")).message).toBe(
      "No known LSP is called nobody; there are lsp, exchange. Any other by NODEID@HOST:PORT.",
    );
    for (const line of ["lsps2 use 02", "lsps2 use", "lsps2 use 02ab@x"]) {
      expect(["bad_argument", "missing_argument"]).toContain(String((await fake.fails("user", line)).code));
    }
  });

  test("without any LSP each says how to name one", async () => {
    const fake = createRoles();
    fake.lsp.contact = undefined;
    for (const line of ["lsps2", "lsps2 quote", "lsps2 use lsp"])
      expect((await fake.fails("user", line)).code).toBe("no_lsp");
  });
});

describe("names of two words", () => {
  test("a wrong second word is told from a wrong argument", async () => {
    const { message, code } = await createRoles().fails("user", "lsps2 qoute");
    expect(code).toBe("unknown_command");
    expect(message).toBe('There is no command lsps2 "qoute"; did you mean lsps2 quote?');
  });

  test("help of the first word lists all that begin with it", async () => {
    const { commands } = await createRoles().run("user", "help lsps2");
    expect(commands).toMatchObject([
      { name: "lsps2" },
      { name: "lsps2 quote" },
      { name: "lsps2 use" },
      { name: "lsps2 policy" },
    ]);
    expect((await createRoles().run("user", "help lsps2 use"))["commands"]).toHaveLength(1);
  });
});

test("how long something lasts reads like a clock", () => {
  expect([0, 59_999, 3_600_000, 86_399_000, 8 * 86_400_000].map(lasting)).toEqual([
    "0m 0s",
    "0m 59s",
    "1h 0m",
    "23h 59m",
    "8 days",
  ]);
  fc.assert(fc.property(fc.nat(), (ms) => /^\d+(m \d+s|h \d+m| days)$/.test(lasting(ms))));
});
