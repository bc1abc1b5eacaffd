import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { openNode } from "../../src/ffi/node.ts";
import { redactText, secretHider, shorten } from "../../src/ffi/redact.ts";
import { traceLibrary } from "../../src/ffi/trace.ts";
import { fakeLibrary } from "./fake-library.ts";

const dir = mkdtempSync(join(tmpdir(), "peer-stables-trace-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("a trace holds every call and no secret", async () => {
  const file = join(dir, "calls.jsonl");
  const fake = fakeLibrary({ onRequest: ({ id }, library) => library.reply(id, { address: "bcrt1qtraced" }) });
  const node = await openNode(
    {
      dataDir: "/data",
      network: "regtest",
      chain: { kind: "bitcoind", host: "h", port: 1, user: "u", password: "pass-secret" },
      seed: { kind: "mnemonic", value: "abandon-secret", passphrase: "} phrase-secret" },
      lsps2Client: { nodeId: "02", address: "a", token: "token-secret" },
    },
    traceLibrary(fake, file),
  );
  expect(await node.newAddress()).toBe("bcrt1qtraced");
  await node.close();
  const trace = readFileSync(file, "utf8");
  expect(trace).not.toContain("secret");
  const calls = trace
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).call);
  expect(calls).toEqual(["open", "send", "recv", "send", "recv", "close"]);
  expect(trace).toContain("bcrt1qtraced");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a trace file that cannot be written is an error, not a silence", () => {
  expect(() => traceLibrary(fakeLibrary(), join(dir, "no", "such", "dir"))).toThrow("PEER_STABLES_FFI_TRACE names");
});

const secretName = fc.constantFrom("seed", "password", "token", "require_token", "passphrase", "preimage");
const marker = "sEcReT-7f3a";

test("no secret survives, however deep it lies or however the text is cut", () => {
  fc.assert(
    fc.property(secretName, fc.string(), fc.json(), fc.nat({ max: 400 }), (name, noise, other, cut) => {
      const value = { kind: "hex", value: `${noise}${marker}` };
      const text = JSON.stringify({ outer: [{ other: JSON.parse(other) }, { [name]: value, more: 1 }] });
      expect(redactText(text)).not.toContain(marker);
      expect(redactText(text.slice(0, text.length - Math.min(cut, text.length)))).not.toContain(marker);
    }),
  );
});

test("a refusal that repeats a secret of the configuration loses it", () => {
  const config = { kind: "node", seed: { kind: "hex", value: "c0ffee" }, chain: { password: "hunter2" }, alias: "bob" };
  const hide = secretHider(JSON.stringify(config));
  expect(hide("seed: `c0ffee` is not `hex`, bob; hunter2 at http://u:pw@host")).toBe(
    "seed: `[redacted]` is not `hex`, bob; [redacted] at http://[redacted]@host",
  );
});

test("user names and passwords of addresses are left out, the rest stays", () => {
  expect(redactText('{"url":"https://me:pw@host/api"}')).toBe('{"url":"https://[redacted]@host/api"}');
  expect(redactText('{"address":"127.0.0.1:9735","n":1}')).toBe('{"address":"127.0.0.1:9735","n":1}');
});

test("a text is cut at its limit", () => {
  expect(shorten("abc", 3)).toBe("abc");
  expect(shorten("abcd", 3)).toBe("abc...");
});
