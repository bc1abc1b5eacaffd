import { describe, expect, test } from "bun:test";
import { readConfigFile } from "../../src/config/config-file.ts";
import { lookUp, resolveSettings } from "../../src/config/resolve.ts";
import { type SettingKey, settingKeys, settingOf, type Values } from "../../src/config/settings.ts";
import { shownSettings, shownText } from "../../src/config/show.ts";
import { filesOf } from "./files.ts";

interface Given {
  flags?: Values;
  env?: Record<string, string>;
  toml?: string;
  files?: Record<string, string>;
  open?: readonly string[];
}

function given({ flags = {}, env = {}, toml, files = {}, open = [] }: Given) {
  const readers = filesOf({ ...files, ...(toml === undefined ? {} : { "c.toml": toml }) }, open);
  const file = toml === undefined ? undefined : readConfigFile("c.toml", readers.readFile);
  return [{ flags, env, file }, readers] as const;
}

const look = (how: Given) => lookUp(...given(how));
const messages = (how: Given) => look(how).problems.map(({ message }) => message);
const shown = (how: Given, key: SettingKey) => shownSettings(look(how).held).find((row) => row.key === key);

describe("precedence", () => {
  const toml = 'role = "lsp"\nalias = "file"\n[lsp]\nalias = "own"\n[user]\nalias = "other"\n';
  const env = { PEER_STABLES_ALIAS: "environment" };
  test.each([
    ["a flag first", { flags: { alias: "flag" }, env, toml }, "flag", "--alias"],
    ["then the environment", { env, toml }, "environment", "PEER_STABLES_ALIAS"],
    ["then the role's table of the file", { toml }, "own", "[lsp] alias in c.toml"],
    ["of the role that holds", { flags: { role: "user" }, toml }, "other", "[user] alias in c.toml"],
    ["then the file", { flags: { role: "exchange" }, toml }, "file", "alias in c.toml"],
  ])("%s", (_, how, value, from) => {
    expect(look(how).settings.alias).toBe(value);
    expect(shown(how, "alias")).toMatchObject({ value, from });
  });

  test("an empty variable is none, and what nobody says is the default", () => {
    expect(look({ env: { PEER_STABLES_ALIAS: "" } }).settings).toEqual({});
    expect(shown({}, "log-level")).toEqual({ key: "log-level", value: "debug", origin: "default" });
    expect(shown({}, "speed")).toEqual({ key: "speed", origin: "unset" });
  });
});

test("types of TOML are taken as a flag's text is", () => {
  const toml = `speed = 60\njson = true\nstable-max-peer = 250.5\nlisten = "[::1]:9735"\nlog-level = 'warn'\n`;
  expect(look({ toml })).toMatchObject({
    settings: { speed: 60, json: true, "stable-max-peer": 250_500_000n, listen: "[::1]:9735", "log-level": "warn" },
    problems: [],
  });
});

test("several: a flag again, a line or comma between, an array in the file", () => {
  const one = "name=bank url=https://a.example/t last=.last";
  const two = "name=shop url=https://b.example/t last=.last";
  const venues = (how: Given) => look(how).settings["price-venue"]?.map(({ name }) => name);
  expect(venues({ flags: { "price-venue": `${one}\n${two}` } })).toEqual(["bank", "shop"]);
  expect(venues({ env: { PEER_STABLES_PRICE_VENUE: one } })).toEqual(["bank"]);
  expect(venues({ toml: `price-venue = ["${one}", "${two}"]` })).toEqual(["bank", "shop"]);
  const peers = [`02${"ab".repeat(32)}`, `03${"cd".repeat(32)}`];
  expect(look({ toml: `stable-peers = ${JSON.stringify(peers)}` }).settings["stable-peers"]).toEqual(peers);
});

describe("what is wrong is named with its place", () => {
  test("all of it at once, the first when starting", () => {
    const how = {
      flags: { network: "mainnet" },
      env: { PEER_STABLES_LISTEN: "9735" },
      toml: 'alais = "x"\nspeed = "fast"\nscript = "x"\nalias = 2026-01-01\n[lsp]\nrole = "lsp"\nlog-level = 1\n',
    };
    expect(messages({ ...how, flags: { ...how.flags, role: "lsp" } })).toEqual([
      'c.toml: "alais" is not a setting of a config file; did you mean alias?',
      'c.toml: "script" is not a setting of a config file; config init lists what is',
      "c.toml: alias needs a text or a number",
      'c.toml: [lsp] "role" is not a setting of a config file; config init lists what is',
      '--network "mainnet" is not valid: expected regtest, mutinynet, signet, testnet or bitcoin (the name of mainnet).',
      'PEER_STABLES_LISTEN "9735" is not valid: expected HOST:PORT.',
      '[lsp] log-level in c.toml "1" is not valid: expected error, warn, info, debug or trace.',
      'speed in c.toml "fast" is not valid: expected a whole number.',
    ]);
    expect(() => resolveSettings(...given(how))).toThrow(/^c\.toml: "alais" .* \(6 more; .*config check lists them\)$/);
  });

  test("the line where TOML ends", () => {
    expect(messages({ toml: 'alias = "x"\n\nspeed 60\njson = true\n' })).toEqual([
      expect.stringMatching(/^c\.toml:3: not TOML: /),
    ]);
  });

  test("a price source and a venue are read before anything starts", () => {
    expect(messages({ flags: { price: "fixed=abc", "price-venue": "name=bank" } })).toEqual([
      expect.stringMatching(/^--price "fixed=abc" is not valid: expected .*such as fixed=100000/),
      expect.stringMatching(/^--price-venue "name=bank" is not valid: .*url/),
    ]);
  });

  test("a path with a tilde, which no shell has expanded", () => {
    expect(messages({ toml: 'data-dir = "~/stable"' })).toEqual([expect.stringContaining("a path without ~")]);
  });
});

describe("secrets", () => {
  const lsp = `02${"ab".repeat(32)}@127.0.0.1:9737`;
  const chain = "bitcoind=http://me@127.0.0.1:8332";

  test("a flag is refused, and its value not repeated", () => {
    const problems = messages({ flags: { lsp, "lsp-token": "hunter22" } });
    expect(problems).toEqual([expect.stringMatching(/^--lsp-token would show in .*give --lsp-token-file/)]);
    expect(problems.join()).not.toContain("hunter22");
  });

  test.each([
    ["environment", { env: { PEER_STABLES_LSP_TOKEN: "hunter22" } }],
    ["a file named by flag", { flags: { "lsp-token-file": "t" }, files: { t: "hunter22\n" } }],
    ["a file named by environment", { env: { PEER_STABLES_LSP_TOKEN_FILE: "t" }, files: { t: "hunter22" } }],
    ["a config file of one's own", { toml: 'lsp-token = "hunter22"' }],
    ["a file named there", { toml: 'lsp-token-file = "t"', files: { t: "hunter22\r\n" }, open: ["c.toml"] }],
  ])("%s", (_, how: Given) => {
    expect(look(how)).toMatchObject({ settings: { "lsp-token": "hunter22" }, problems: [], warnings: [] });
    expect(JSON.stringify(shownSettings(look(how).held))).not.toContain("hunter22");
    expect(shownText(shownSettings(look(how).held))).toMatch(/^lsp-token +\(hidden\) /m);
  });

  test("a file that is named by a flag goes before the environment's own word", () => {
    const how = { flags: { "lsp-token-file": "t" }, env: { PEER_STABLES_LSP_TOKEN: "no" }, files: { t: "yes" } };
    expect(look(how).settings["lsp-token"]).toBe("yes");
  });

  test("a config file that others may read", () => {
    const how = { toml: `lsp-token = "hunter22"\nchain = "${chain.replace("@", ":hunter22@")}"`, open: ["c.toml"] };
    expect(messages(how)).toEqual([
      "chain in c.toml is a secret, and others may read that file: chmod 600 c.toml",
      "lsp-token in c.toml is a secret, and others may read that file: chmod 600 c.toml",
    ]);
  });

  test("both ways in one place, a file that is not there, an empty one", () => {
    const env = { PEER_STABLES_LSP_TOKEN: "a", PEER_STABLES_LSP_TOKEN_FILE: "t" };
    expect(messages({ env })).toEqual(["PEER_STABLES_LSP_TOKEN_FILE and lsp-token are both given; leave one out."]);
    expect(messages({ flags: { "lsp-token-file": "t" } })).toEqual([
      "--lsp-token-file cannot be read (there is no t); name a file that holds it.",
    ]);
    expect(messages({ flags: { "lsp-token-file": "t" }, files: { t: "\n" } })).toEqual([
      "--lsp-token-file is not valid: expected a token.",
    ]);
  });

  test("a bitcoind's password from elsewhere", () => {
    const file = { flags: { chain, "chain-password-file": "p" }, files: { p: "hunter22\n" } };
    expect(look(file)).toMatchObject({ settings: { chain: { user: "me", password: "hunter22" } }, problems: [] });
    expect(messages({ flags: { chain } })).toEqual([
      expect.stringMatching(/has a user and no password: .*chain-password-file/),
    ]);
  });

  test("one in the command line works, with a warning", () => {
    const how = { flags: { chain: chain.replace("@", ":hunter22@") } };
    expect(look(how)).toMatchObject({ settings: { chain: { password: "hunter22" } }, problems: [] });
    expect(look(how).warnings).toEqual([expect.stringMatching(/password in --chain .*chain-password-file/)]);
    expect(shown(how, "chain")?.value).toBe("bitcoind=http://me:(hidden)@127.0.0.1:8332");
  });
});

test("a row is a secret with its file, has a default of one kind, and its default is valid", () => {
  for (const key of settingKeys) {
    const { secret, fallback, otherwise, schema } = settingOf(key);
    if (secret) expect(settingKeys.map(String)).toContain(`${key}-file`);
    expect([fallback, otherwise]).toContain(undefined);
    if (fallback !== undefined) expect(schema.safeParse(fallback).success).toBe(true);
  }
});
