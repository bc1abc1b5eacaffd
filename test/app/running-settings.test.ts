import { describe, expect, test } from "bun:test";
import { refuseOtherSettings, usedSettings } from "../../src/app/running-settings.ts";
import { heldSettings, type RawSettings } from "../../src/config/held.ts";
import { settingKeys, settingOf, type Values } from "../../src/config/settings.ts";

const held = (raw: Partial<RawSettings>) => heldSettings({ flags: {}, env: {}, file: undefined, ...raw }, () => "", []);

function running(flags: Values, env: RawSettings["env"] = {}) {
  const settings = usedSettings(held({ flags, env }), "lsp", "signet");
  const who = { event: "hello", protocol: 1, version: "1.0.0", role: "lsp", network: "signet" } as const;
  return { ...who, node_id: "02", pid: 7, settings };
}

const asked = (flags: Values, started: Values = {}, env: RawSettings["env"] = {}) => {
  refuseOtherSettings(held({ flags }), running(started, env));
};

describe("what a role uses", () => {
  test("is what it was given and the defaults, as typed, without secrets and what only an asker has", () => {
    const env = { PEER_STABLES_LSP_TOKEN: "hunter22", PEER_STABLES_CHAIN: "bitcoind=http://me:hunter22@localhost:1" };
    const { settings } = running({ role: "lsp", network: "signet", price: "fixed=7", json: "true" }, env);
    expect(settings).toMatchObject({ price: "fixed=7", alias: "lsp", listen: "0.0.0.0:9737", terms: "default" });
    expect(settings["chain"]).toBe("bitcoind=http://me:(hidden)@localhost:1");
    expect(JSON.stringify(settings)).not.toContain("hunter22");
    for (const key of settingKeys)
      if (settingOf(key).asker || settingOf(key).secret) expect(settings).not.toHaveProperty(key);
  });

  test("has a public chain source and live prices where nothing was said", () => {
    expect(running({}).settings).toMatchObject({ price: "live", chain: expect.stringMatching(/^esplora=https:/) });
  });
});

describe("a flag for a running role", () => {
  test.each<[Values, Values]>([
    [{ price: "live" }, {}],
    [{ price: "fixed=100000.00" }, { price: "fixed=100000" }],
    [{ chain: "bitcoind=http://me:other@127.0.0.1:18443" }, { chain: "bitcoind=http://me@127.0.0.1:18443" }],
    [{ chain: "electrum=localhost:50001" }, { chain: "electrum=tcp://localhost:50001" }],
    [{ "opening-fee-min": "2500sat" }, { "opening-fee-min": "2500" }],
    [{ "stable-max-peer": "1000.00" }, {}],
    [{ headless: "true" }, { headless: "true" }],
    [{ json: "true", script: "-", yes: "true", theme: "light", "data-dir": "/x" }, {}],
  ])("%p is taken where %p was given", (flags, started) => {
    expect(() => asked(flags, started)).not.toThrow();
  });

  test.each<[Values, Values, string]>([
    [{ price: "fixed=1" }, {}, "--price fixed=1 can't hold: the lsp on signet runs already (process 7), with live."],
    [
      { "rgs-url": "http://x" },
      {},
      "--rgs-url http://x can't hold: the lsp on signet runs already (process 7), without it.",
    ],
    [{ headless: "true" }, {}, "--headless can't hold: the lsp on signet runs already (process 7), without it."],
    [
      { chain: "bitcoind=http://me:hunter22@127.0.0.1:1" },
      { chain: "bitcoind=http://me:hunter22@127.0.0.1:2" },
      "--chain bitcoind=http://me:(hidden)@127.0.0.1:1 can't hold: the lsp on signet runs already (process 7), with bitcoind=http://me:(hidden)@127.0.0.1:2.",
    ],
  ])("%p is refused where %p was given", (flags, started, says) => {
    expect(() => asked(flags, started)).toThrow(`${says} Leave the flag out, or stop that process first.`);
  });

  test("what variables say is for whatever is started next", () => {
    const mine = held({ env: { PEER_STABLES_PRICE: "fixed=1" } });
    expect(() => refuseOtherSettings(mine, running({ price: "live" }))).not.toThrow();
  });
});
