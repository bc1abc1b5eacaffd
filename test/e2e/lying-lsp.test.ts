/** A real user node and an LSP that lies, over the real transport: each lie is told apart, and none is bought. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { requestParams } from "../../src/lsps2/messages.ts";
import { type LspRequest, type LspScript, offer, openLsp } from "../lsp-kit/lsp.ts";
import type { PeerScript, TalkingPeer } from "../lsp-kit/peer.ts";
import { expectRefused } from "./books.ts";
import { openPlaying, type Playing } from "./stage.ts";

let playing: Playing;
const liars: TalkingPeer[] = [];

beforeAll(async () => {
  playing = await openPlaying("embedded");
}, 120_000);
afterAll(() => playing.close());
afterEach(async () => {
  for (const liar of liars.splice(0)) await liar.close();
});

/** The user's LSP from now on. */
async function lsp(script: LspScript, options?: Pick<PeerScript, "silentAt">): Promise<TalkingPeer> {
  const liar = await openLsp(script, options);
  liars.push(liar);
  await playing.run(`user lsps2 use ${liar.nodeId}@${liar.address}`);
  return liar;
}

const menu = (...offers: readonly unknown[]) => ({ opening_fee_params_menu: offers });
const refused = (code: string, says: RegExp, line = "user getjitinvoice 50000") =>
  expectRefused(playing, line, code, says);

/** Tells an honest menu, and `script` has the rest. */
function honestAtFirst(script: LspScript): LspScript {
  return (request, lips) => (request.method === "lsps2.get_info" ? lips.result(menu(offer())) : script(request, lips));
}

describe("at the quote", () => {
  const lies: readonly [string, LspScript, string, RegExp][] = [
    [
      "a further field",
      (_, lips) => lips.result(menu(offer({ bonus: "1" }))),
      "lsp_protocol",
      /clients must abort over one; found: bonus/,
    ],
    [
      "amounts as numbers",
      (_, lips) => lips.result(menu(offer({ min_fee_msat: 1 }))),
      "lsp_protocol",
      /strings of decimal digits/,
    ],
    [
      "a promise of 513 bytes",
      (_, lips) => lips.result(menu(offer({ promise: "x".repeat(513) }))),
      "lsp_protocol",
      /at most 512 bytes/,
    ],
    [
      "an offer that ran out",
      (_, lips) => lips.result(menu(offer({ valid_until: "2020-01-01T00:00:00.000Z" }))),
      "lsp_refused",
      /valid_until lies ahead/,
    ],
    [
      "a fee that eats the payment",
      (_, lips) => lips.result(menu(offer({ min_fee_msat: "50000000" }))),
      "jit_amount",
      /asks 50,000 sat for opening the channel, all of a payment/,
    ],
    ["an empty menu", (_, lips) => lips.result(menu()), "lsp_refused", /offers no channels/],
    ["garbage", (_, lips) => lips.say("\u001b[2Jgive me your coins"), "lsp_protocol", /one JSON-RPC 2\.0 response/],
    ["a wrong token", (_, lips) => lips.error(200), "lsp_bad_token", /does not know the token/],
    ["words for a terminal", (_, lips) => lips.error(7_777), "lsp_refused", /error 7777, which no specification names/],
    ["a hung-up line", (_, lips) => lips.connection.close(), "lsp_away", /does not answer/],
  ];
  test.each(lies)(
    "%s",
    async (_, script, code, says) => {
      await lsp(script);
      await refused(code, says);
    },
    60_000,
  );

  test("silence", async () => {
    await lsp(() => {});
    await refused("lsp_away", /does not answer \(The LSP took the request and gave no reply: no answer in time/);
    await lsp(() => {}, { silentAt: "accept" });
    await refused("lsp_away", /does not answer \(No Lightning node of this id speaks at this address/);
  }, 60_000);

  test("a wrong order and 100 offers are named, and the cheapest is found all the same", async () => {
    const offers = Array.from({ length: 100 }, (_, i) =>
      offer({ min_fee_msat: String((200 - i) * 1000), proportional: 0 }),
    );
    const { nodeId } = await lsp((_, lips) => lips.result(menu(...offers)));
    const quoted = z
      .object({
        opening_fee_msat: z.string(),
        cheapest: z.string(),
        menu: z.array(z.unknown()),
        deviations: z.array(z.object({ lsp: z.string(), rule: z.string() })),
      })
      .parse(await playing.run("user lsps2 quote 50000"));
    expect(quoted.menu.length).toBeGreaterThanOrEqual(100);
    expect(quoted.deviations.filter(({ rule, lsp: whose }) => rule === "menu_order" && whose === nodeId)).toHaveLength(
      99,
    );
  }, 60_000);
});

describe("at the purchase", () => {
  test("a fee above the quote is refused before anything is bought", async () => {
    let bought = 0;
    let asked = 0;
    // The first to ask is the quote, under a key of its own; the node itself hears another price.
    const { nodeId } = await lsp((request, lips) => {
      if (request.method === "lsps2.buy") bought += 1;
      if (request.method === "lsps2.get_info")
        lips.result(menu(offer({ min_fee_msat: asked++ === 0 ? "1000000" : "1000001" })));
    });
    await refused("jit_fee_too_high", new RegExp(`The LSP ${nodeId.slice(0, 12)}… now asks more than 1,000 sat`));
    expect([asked, bought]).toEqual([2, 0]);
  }, 60_000);

  const refusals: readonly [number, string, RegExp][] = [
    [1, "lsp_refused", /sells this client no channel now/],
    [201, "jit_refused", /did not take up its own offer/],
    [202, "jit_amount", /too small for its fee/],
    [203, "jit_no_liquidity", /can't receive that much at present/],
  ];
  test.each(refusals)(
    "error %i is told as what it means",
    async (error, code, says) => {
      await lsp(honestAtFirst((_, lips) => lips.error(error)));
      await refused(code, says);
    },
    60_000,
  );

  test("silence is told as such", async () => {
    await lsp(honestAtFirst(() => {}));
    await refused("lsp_away", /told its menu and then fell silent/);
  }, 60_000);

  test("what is bought is the offer as it was made, and the invoice ends with it", async () => {
    const validUntil = new Date(Date.now() + 900_000).toISOString();
    const made = offer({ valid_until: validUntil });
    const bought: LspRequest[] = [];
    const { nodeId } = await lsp((request, lips) => {
      if (request.method === "lsps2.get_info") return lips.result(menu(made));
      bought.push(request);
      lips.result({ jit_channel_scid: "539268x845x1", lsp_cltv_expiry_delta: 144, client_trusts_lsp: true });
    });
    const invoice = z
      .object({ lsp: z.string(), opening_fee_msat: z.string(), expires_at: z.string() })
      .parse(await playing.run("user getjitinvoice 50000"));
    expect(invoice).toMatchObject({ lsp: nodeId, opening_fee_msat: "1000000" });
    expect(Date.parse(invoice.expires_at)).toBeLessThanOrEqual(Date.parse(validUntil));
    expect(Date.parse(invoice.expires_at)).toBeGreaterThan(Date.parse(validUntil) - 60_000);
    const params = requestParams["lsps2.buy"].parse(bought[0]?.params);
    expect(params).toMatchObject({ payment_size_msat: 50_000_000n });
    expect(params.opening_fee_params).toMatchObject({
      promise: made.promise,
      minFeeMsat: 1_000_000n,
      proportional: 10_000,
    });
    expect(Date.parse(params.opening_fee_params.validUntil.text)).toBe(Date.parse(validUntil));
  }, 60_000);
});
