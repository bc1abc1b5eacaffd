/** `doctor` before a role was ever started, while it runs, and after it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { freePort } from "../../src/app/free-port.ts";
import { chainArgument, chainKinds, openChainControl } from "./chains.ts";
import { runProgram, startProgram, temporaryFolder } from "./program.ts";

const saidSchema = z.strictObject({
  ok: z.boolean(),
  findings: z.array(
    z.strictObject({ check: z.string(), state: z.string(), says: z.string(), remedy: z.string().optional() }),
  ),
});

for (const kind of chainKinds) {
  const folder = temporaryFolder();
  const dataDir = join(folder.path, "data");
  let chain: ChainControl;
  let args: string[];
  let env: Record<string, string>;

  beforeAll(async () => {
    chain = await openChainControl(kind);
    const listen = `127.0.0.1:${freePort()}`;
    args = [
      "--role",
      "lsp",
      "--network",
      "regtest",
      "--price",
      "fixed=100000",
      "--listen",
      listen,
      "--data-dir",
      dataDir,
    ];
    env = { PEER_STABLES_CHAIN: chainArgument(chain.source) };
  }, 60_000);
  afterAll(async () => {
    await chain?.close();
    folder.remove();
  });

  async function doctor(over: Record<string, string> = {}) {
    const { code, stdout, stderr } = await runProgram(["doctor", "--json", ...args], { env: { ...env, ...over } });
    expect(stderr).toBe("");
    const { ok, findings } = saidSchema.parse(JSON.parse(stdout));
    expect(code).toBe(ok ? 0 : 1);
    const of = (check: string) =>
      findings.filter((one) => one.check === check).map(({ state, says }) => `${state}: ${says}`);
    return { ok, of };
  }

  test(`${kind}: before, during and after a run`, async () => {
    const before = await doctor();
    expect(before.of("chain")).toEqual([`ok: bitcoind ${hostPort()}: height 110`]);
    expect(before.of("ledger")).toEqual(["skip: no role has data on this network yet"]);
    expect(before.ok).toBe(true);
    expect(existsSync(dataDir)).toBe(false);

    const running = startProgram([...args, "--json", "--script", "-"], { env, stdin: "nodeinfo\nsleep 600\n" });
    await running.line(1);
    const during = await doctor();
    expect(during.of("ports")).toEqual([expect.stringMatching(new RegExp(`^ok: lsp: process ${running.pid} answers`))]);
    expect(during.of("ledger")).toEqual([expect.stringMatching(/^ok: version \d+: .* all sound$/)]);
    expect(during.of("node database")).toEqual(["ok: sound"]);
    expect(during.ok).toBe(true);
    running.kill("SIGTERM");
    expect((await running.ended).code).toBe(143);

    const after = await doctor();
    expect(after.of("ports")).toEqual([expect.stringMatching(/ is free$/)]);
    expect(after.of("permissions")).toEqual([expect.stringMatching(/^ok: /)]);
    expect(after.ok).toBe(true);
  });

  test(`${kind}: what is wrong fails it, each with its own line`, async () => {
    chmodSync(join(dataDir, "regtest"), 0o755);
    const { ok, of } = await doctor({
      PEER_STABLES_CHAIN: chainArgument(chain.source).replace(/:[^:@/]+@/, ":hunter22@"),
      PEER_STABLES_SPEED: "fast",
    });
    expect(ok).toBe(false);
    expect(of("chain")).toEqual([expect.stringMatching(/^fail: .*401: wrong user or password/)]);
    expect(of("permissions")).toEqual([`fail: others may read ${join(dataDir, "regtest")}`]);
    expect(of("settings")).toEqual(['fail: PEER_STABLES_SPEED "fast" is not valid: expected a whole number.']);
    expect(of("ledger")).toEqual([expect.stringMatching(/^ok: /)]);
  });

  const hostPort = () => (chain.source.kind === "bitcoind" ? `${chain.source.host}:${chain.source.port}` : "");
}

test("every LSP a user has is tried, and the one it chose counts", async () => {
  const folder = temporaryFolder();
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const gone = freePort();
  const lsps = [`02${"aa".repeat(32)}@127.0.0.1:${gone}`, `03${"bb".repeat(32)}@127.0.0.1:${server.port}`];
  const chosen = { chosen: [{ node_id: `03${"bb".repeat(32)}`, address: "127.0.0.1:1" }] };
  const place = ["--role", "user", "--network", "regtest", "--data-dir", folder.path];
  const found = async () => {
    const { stdout } = await runProgram(["doctor", "--json", ...place, "--price", "fixed=1", "--lsp", lsps.join(",")]);
    return saidSchema.parse(JSON.parse(stdout)).findings.filter(({ check }) => check === "LSP");
  };
  const inUse = ", the one in use,";
  expect(await found()).toMatchObject([
    { state: "fail", says: expect.stringContaining(`127.0.0.1:${gone}${inUse} cannot be reached`) },
    { state: "ok", says: `127.0.0.1:${server.port} accepts connections` },
  ]);
  mkdirSync(join(folder.path, "regtest/user"), { recursive: true, mode: 0o700 });
  await Bun.write(join(folder.path, "regtest/user/lsps.json"), JSON.stringify(chosen));
  expect(await found()).toMatchObject([
    { state: "ok", says: `127.0.0.1:${server.port}${inUse} accepts connections` },
    { state: "warn", says: expect.stringContaining(`127.0.0.1:${gone} cannot be reached`) },
  ]);
  await Bun.write(join(folder.path, "regtest/user/lsps.json"), "{");
  expect(await found()).toMatchObject([{ state: "fail", says: expect.stringContaining("delete it to choose anew") }]);
  server.stop(true);
  folder.remove();
});

test("for people: a line each, what to do below it, and the sum", async () => {
  const { code, stdout } = await runProgram(["doctor", "--role", "user", "--network", "regtest", "--price", "fixed=1"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAIL {2}chain +no source is set.*\n +-> name one with --chain$/m);
  expect(stdout).toMatch(/\n\n1 failed, 1 to look at, \d+ fine\n$/);
});
