import { describe, expect, test } from "bun:test";
import { address } from "../../src/commands/address.ts";
import type { ArgumentKind } from "../../src/commands/arguments.ts";
import {
  agreementReference,
  channelReference,
  feeRate,
  freeText,
  integer,
  invoice,
  named,
  nodeAddress,
  nodeId,
  offer,
  roleName,
  yesOrNo,
} from "../../src/commands/kinds.ts";

const ID = `02${"ab".repeat(32)}`;

function read(kind: ArgumentKind<unknown>, text: string): unknown {
  const parsed = kind.schema.safeParse(text);
  return parsed.success ? parsed.data : `refused: ${parsed.error.issues[0]?.message}`;
}

describe("NODEID@HOST:PORT", () => {
  test.each([
    [`${ID}@127.0.0.1:9735`, "127.0.0.1:9735"],
    [`${ID.toUpperCase()}@lsp.example.com:1`, "lsp.example.com:1"],
    [`${ID}@[2001:db8::1]:65535`, "[2001:db8::1]:65535"],
    [`${ID}@localhost:9737`, "localhost:9737"],
  ])("%s", (text, at) => {
    expect(read(nodeAddress, text)).toEqual({ nodeId: ID, address: at });
  });

  test.each([
    ["127.0.0.1:9735", "the @HOST:PORT is missing"],
    [ID, "the @HOST:PORT is missing"],
    [`${ID}@127.0.0.1`, "the port is missing"],
    [`${ID}@host:0`, "the port is not a number from 1 to 65535"],
    [`${ID}@host:65536`, "the port is not a number from 1 to 65535"],
    [`${ID}@host:9735x`, "the port is not a number from 1 to 65535"],
    [`${ID}@2001:db8::1:9735`, "the host is neither a name, an IPv4 address nor an IPv6 address in brackets"],
    [`${ID}@:9735`, "the host is neither a name, an IPv4 address nor an IPv6 address in brackets"],
    [`${ID.slice(2)}@host:1`, "a node id has 66 hex digits, this has 64"],
    [`04${ID.slice(2)}@host:1`, "a node id begins with 02 or 03"],
    [`zz${ID.slice(2)}@host:1`, "a node id is hexadecimal"],
  ])("%s is refused: %s", (text, why) => {
    expect(read(nodeAddress, text)).toBe(`refused: ${why}`);
  });

  test("a node id alone", () => {
    expect(read(nodeId, ` ${ID} `)).toBe(ID);
    expect(read(nodeId, "02ab")).toBe("refused: a node id has 66 hex digits, this has 4");
  });
});

test.each([
  ["last", "last"],
  ["LAST", "last"],
  ["CCA0A4C0", "cca0a4c0"],
  ["ab".repeat(32), "ab".repeat(32)],
  ["cca0a4c", "refused: too short or too long"],
  ["ab".repeat(33), "refused: too short or too long"],
  ["newest", "refused: not hexadecimal"],
])("a channel or an agreement: %s", (text, expected) => {
  expect(read(channelReference, text)).toBe(expected);
  expect(read(agreementReference, text)).toBe(expected);
});

describe("addresses", () => {
  // BIP 173 and BIP 350 test vectors; base58 ones of the Bitcoin wiki.
  test.each([
    ["BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bitcoin"],
    ["bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bitcoin"],
    ["tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", "mutinynet signet testnet"],
    ["bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", "regtest"],
    ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin"],
    ["3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "bitcoin"],
    ["mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "mutinynet signet testnet regtest"],
  ])("%s is of %s", (text, networks) => {
    expect(read(address, text)).toEqual({ text, networks: networks.split(" ") });
  });

  test.each([
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", // last character
    "bc1QW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", // mixed case
    "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty", // unknown prefix
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", // 'o' is no character of it
    "BC1SW50QA3JX3S", // witness version 16 under the old checksum
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
    "",
    "hello",
    "constructor1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
    "bc1",
  ])("%p is refused", (text) => {
    expect(read(address, text)).toBe("refused: not an address, or mistyped: its checksum does not fit");
  });
});

test("invoices and offers are told apart", () => {
  const bolt11 = `lnbcrt500u1${"q".repeat(200)}`;
  const bolt12 = `lno1${"q".repeat(60)}`;
  expect(read(invoice, `lightning:${bolt11.toUpperCase()}`)).toBe(bolt11);
  expect(read(offer, bolt12)).toBe(bolt12);
  expect(read(invoice, bolt12)).toBe("refused: this is a BOLT 12 offer; use payoffer");
  expect(read(offer, bolt11)).toBe("refused: this is a BOLT 11 invoice; use payinvoice");
  expect(read(invoice, "lnbc1short")).toBe("refused: it does not look like an invoice");
  expect(invoice.code).toBe("invalid_invoice");
});

test("words, numbers and texts", () => {
  expect(["true", "False", "yes", "no"].map((text) => read(yesOrNo, text))).toEqual([true, false, true, false]);
  expect(read(yesOrNo, "maybe")).toBe("refused: not one of them");
  expect(read(roleName, "LSP")).toBe("lsp");
  expect(read(roleName, "constructor")).toBe("refused: not one of them");
  expect(read(integer(1, 10), "10")).toBe(10);
  expect(["0", "11", "1.5", "-1", "ten", "1e1"].map((text) => read(integer(1, 10), text))).toEqual(
    Array.from({ length: 6 }, () => "refused: out of range or not a whole number"),
  );
  expect(read(feeRate, "5001")).toBe("refused: out of range or not a whole number");
  expect(read(freeText(5), "grüß")).toBe("refused: it has 6 bytes");
  expect(read(freeText(6), "grüß")).toBe("grüß");
  expect(read(named("a name"), "flash-crash")).toBe("flash-crash");
  expect(read(named("a name"), "../x")).toBe("refused: not a name");
});
