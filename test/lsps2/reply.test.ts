import { expect, test } from "bun:test";
import { readReply } from "../../src/lsps2/reply.ts";

const id = "7f";
const refusal = (code: number, data?: unknown) =>
  readReply(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: "\u001b[2Jpay <b>here</b>", data } }), id);

test("a result is handed over, keys that nobody knows and all", () => {
  const text = ` {"jsonrpc":"2.0","id":"7f","result":{"protocols":[2],"new":1},"extra":true}\n`;
  expect(readReply(text, id)).toEqual({ kind: "result", result: { protocols: [2], new: 1 } });
});

test("whatever is no response to this request is called broken", () => {
  const texts = [
    "",
    "[]",
    "{",
    "{}",
    `{"jsonrpc":"1.0","id":"7f","result":{}}`,
    `{"id":"7f","result":{}}`,
    `{"jsonrpc":"2.0","id":"7f"}`,
    `{"jsonrpc":"2.0","id":"7f","result":{},"error":{"code":1,"message":""}}`,
    `{"jsonrpc":"2.0","id":"7f","result":[]}`,
    `{"jsonrpc":"2.0","id":"7f","error":{"code":"1","message":""}}`,
    `{"jsonrpc":"2.0","id":"80","result":{}}`,
    `{"jsonrpc":"2.0","id":null,"result":{}}`,
  ];
  for (const text of texts) {
    expect(readReply(text, id)).toMatchObject({ kind: "broken", finding: { rule: "not_a_response" } });
  }
});

test("each error code has words of our own, and the LSP's are never repeated", () => {
  const names = [
    [-32700, "parse_error"],
    [-32601, "method_not_found"],
    [-32603, "internal_error"],
    [-32050, "internal_error"],
    [1, "client_rejected"],
    [200, "unrecognized_or_stale_token"],
    [201, "invalid_opening_fee_params"],
    [202, "payment_size_too_small"],
    [203, "payment_size_too_large"],
    [299, "unrecognized"],
    [-31_999, "unrecognized"],
  ] as const;
  for (const [code, name] of names) {
    const reply = refusal(code);
    expect(reply).toMatchObject({ kind: "refused", error: { code, name } });
    expect(JSON.stringify(reply)).not.toMatch(/here|u001b/);
  }
});

test("an error without an id is the answer to a request that could not be read", () => {
  const text = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}`;
  expect(readReply(text, id)).toMatchObject({ kind: "refused", error: { name: "parse_error" } });
});

test("parameters an LSP does not know are named, as far as they are names", () => {
  const means = (data: unknown) => {
    const reply = refusal(-32602, data);
    return reply.kind === "refused" ? reply.error.means : "";
  };
  expect(means({ unrecognized: ["token"] })).toEndWith("of the request (token)");
  for (const data of [
    undefined,
    null,
    "token",
    {},
    { unrecognized: "token" },
    { unrecognized: [1, "\u001b[2J", "a b"] },
  ]) {
    expect(means(data)).toEndWith("of the request");
  }
});
