import { describe, expect, test } from "bun:test";
import { lspSettings, readLspTokens } from "../../src/config/lsp-settings.ts";

const one = `02${"a".repeat(64)}`;
const two = `03${"b".repeat(64)}`;

describe("the list of LSPs", () => {
  const read = (text: string) => lspSettings.lsp.schema.safeParse(text);

  test("is one or several, in the order they are given", () => {
    expect(read(`${one}@a.example.org:9735`).data).toEqual([{ nodeId: one, address: "a.example.org:9735" }]);
    expect(read(`${two}@[::1]:1, ${one}@127.0.0.1:9737`).data).toEqual([
      { nodeId: two, address: "[::1]:1" },
      { nodeId: one, address: "127.0.0.1:9737" },
    ]);
  });

  test("names no LSP twice, and each in full", () => {
    const bad = [
      "",
      ",",
      one,
      `${one}@host`,
      `${one}@:1`,
      `${one}@h:1,`,
      `${one}@h:1,${one}@h:2`,
      `04${one.slice(2)}@h:1`,
    ];
    for (const text of bad) expect(read(text).success).toBe(false);
  });
});

describe("tokens", () => {
  test("one belongs to the first LSP, whatever is in it", () => {
    for (const text of ["secret", "a,b=c", `${one}`, `x${one}=t`]) {
      expect(readLspTokens(text)).toEqual({ first: text, byNodeId: new Map() });
    }
  });

  test("those with a node id belong to that LSP", () => {
    const read = readLspTokens(`${one}=a,b=c,${two}=d`);
    expect([...read.byNodeId]).toEqual([
      [one, "a,b=c"],
      [two, "d"],
    ]);
    expect(read.first).toBeUndefined();
  });
});
