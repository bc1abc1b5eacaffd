/** What keeps a role from starting: exit 3 or 4, a sentence that names it and the remedy, and a later start is unhurt. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { ChainControl } from "../../src/app/chain-control.ts";
import { freePort } from "../../src/app/free-port.ts";
import { chainArgument, openChainControl } from "./chains.ts";
import { compiled } from "./compiled.ts";
import { type Ended, runProgram, startProgram, temporaryFolder } from "./program.ts";
import { until } from "./until.ts";

const folder = temporaryFolder();
let chain: ChainControl;
let listen: string;

beforeAll(async () => {
  chain = await openChainControl("embedded");
  listen = `127.0.0.1:${freePort()}`;
});
afterAll(async () => {
  await chain.close();
  folder.remove();
});

function role(dataDir: string, over: Record<string, string> = {}): string[] {
  const settings = {
    role: "lsp",
    network: "regtest",
    chain: chainArgument(chain.source),
    price: "fixed=100000",
    listen,
    "data-dir": dataDir,
    ...over,
  };
  return ["--json", ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])];
}

const hello = ["--", "price"];

async function refused(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const ended = await runProgram([...args, ...hello], { env });
  expect(ended.stdout).toBe("");
  expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
  return ended;
}

/** Starts, answers and stops again. */
async function works(dataDir: string): Promise<void> {
  const { code, stderr } = await runProgram([...role(dataDir), ...hello]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

test("a port that is taken", async () => {
  const dataDir = join(folder.path, "port");
  const taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { code, stderr } = await refused(role(dataDir, { listen: `127.0.0.1:${taken.port}` }));
  taken.stop(true);
  expect(code).toBe(3);
  expect(stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${taken.port}; choose another .*\\(port_in_use\\)`));
  await works(dataDir);
});

test("a data directory that another process uses, named with its pid", async () => {
  const dataDir = join(folder.path, "used");
  const script = "nodeinfo\nsleep 600\n";
  const first = startProgram([...role(dataDir), "--script", "-"], { stdin: script });
  await first.line(1);
  const { code, stderr } = await refused(role(dataDir, { listen: `127.0.0.1:${freePort()}` }));
  expect(code).toBe(4);
  const own = join(dataDir, "regtest/lsp");
  expect(stderr).toContain(`The data directory ${own} is in use by process ${first.pid}; stop that, or name another`);
  expect(stderr).toMatch(/\(data_dir_in_use\)\n$/);
  first.kill("SIGTERM");
  expect((await first.ended).code).toBe(143);
  await works(dataDir);
});

test("a demo's data directory that another demo uses", async () => {
  const dataDir = join(folder.path, "demo");
  const demo = ["demo", "--json", "--data-dir", dataDir];
  const first = startProgram([...demo, "--script", "-"], { stdin: "user nodeinfo\nsleep 600\n" });
  await first.line(1);
  const { code, stderr } = await refused(demo);
  expect(code).toBe(4);
  expect(stderr).toContain(`The data directory ${dataDir} is in use by process ${first.pid}; stop that, or name`);
  expect(stderr).toMatch(/\(data_dir_in_use\)\n$/);
  first.kill("SIGTERM");
  expect((await first.ended).code).toBe(143);
});

test("a data directory that cannot be made", async () => {
  const file = join(folder.path, "file");
  writeFileSync(file, "not a directory");
  const dataDir = join(file, "data");
  for (const args of [role(dataDir), ["demo", "--json", "--data-dir", dataDir]]) {
    const { code, stderr } = await refused(args);
    expect(code).toBe(3);
    expect(stderr).toContain(dataDir);
    expect(stderr).toMatch(/name another with --data-dir\. \(data_dir_unwritable\)\n$/);
  }
  expect(readFileSync(file, "utf8")).toBe("not a directory");
});

test("a damaged ledger is refused and kept, and the node's own data still starts with a new one", async () => {
  const dataDir = join(folder.path, "ledger");
  await works(dataDir);
  const own = join(dataDir, "regtest/lsp");
  const ledger = join(own, "ledger.sqlite");
  const bytes = readFileSync(ledger);
  // Behind the header: it still looks like a database.
  bytes.fill(0xa5, 100, 4_000);
  writeFileSync(ledger, bytes);
  for (let start = 1; start <= 2; start++) {
    const { code, stderr } = await refused(role(dataDir));
    expect(code).toBe(3);
    expect(stderr).toContain(ledger);
    expect(stderr).toMatch(/left as it is and a copy is at .*: put a backup in its place .*\(database_corrupt\)\n$/);
    expect(readFileSync(ledger).equals(bytes)).toBe(true);
    const copies = readdirSync(own).filter((name) => name.startsWith("ledger.sqlite.corrupt-"));
    expect(copies).toHaveLength(1);
    expect(stderr).toContain(join(own, copies[0] ?? ""));
    expect(readFileSync(join(own, copies[0] ?? "")).equals(bytes)).toBe(true);
  }
  renameSync(ledger, join(own, "away"));
  await works(dataDir);
});

test("a chain source that is down", async () => {
  const dataDir = join(folder.path, "down");
  const port = freePort();
  const { code, stderr } = await refused(role(dataDir, { chain: `bitcoind=http://me:hunter22@127.0.0.1:${port}` }));
  expect(code).toBe(3);
  expect(stderr).toMatch(
    new RegExp(`chain source 127\\.0\\.0\\.1:${port} does not answer.*; check .*\\(chain_unreachable\\)`),
  );
  expect(stderr).not.toContain("hunter22");
  await works(dataDir);
});

test("a chain source that refuses the password, or is on another network", async () => {
  const dataDir = join(folder.path, "wrong");
  const source = chainArgument(chain.source);
  const wrong = await refused(role(dataDir, { chain: source.replace(/:[^:@/]+@/, ":hunter22@") }));
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toMatch(/check .*credentials.*401.*\(chain_unreachable\)/);
  expect(wrong.stderr).not.toContain("hunter22");
  // On such a network the password in --chain would be warned of.
  const file = join(folder.path, "rpc-password");
  writeFileSync(file, `${/:([^:@/]+)@/.exec(source)?.[1]}\n`, { mode: 0o600 });
  const apart = { chain: source.replace(/:[^:@/]+@/, "@"), "chain-password-file": file };
  const warned = await runProgram([...role(dataDir, { network: "signet" }), ...hello]);
  expect(warned.stderr).toMatch(
    /^The password in --chain would show in .*chain-password-file.*\n.*\(chain_wrong_network\)\n$/,
  );
  const other = await refused(role(dataDir, { network: "signet", ...apart }));
  expect(other.code).toBe(3);
  expect(other.stderr).toMatch(/is on regtest, not on signet.*\(chain_wrong_network\)/);
  await works(dataDir);
});

test("a user whose LSP is nowhere says what it waits for, and stops at once when told to", async () => {
  const dataDir = join(folder.path, "lonely");
  const script = join(folder.path, "price.txt");
  writeFileSync(script, "price\n");
  const running = startProgram(role(dataDir, { role: "user", script }));
  await until(async () => running.stderr().includes("--lsp NODEID@HOST:PORT"));
  running.kill("SIGTERM");
  const { code, stdout, stderr } = await running.ended;
  expect({ code, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ code: 143, stdout: "", lines: 1 });
});

test("a data directory is relative to where the program was started", async () => {
  const dataDir = join(folder.path, "relative");
  await works(relative(process.cwd(), dataDir));
  expect(existsSync(join(dataDir, "regtest/lsp/ledger.sqlite"))).toBe(true);
});

test("a chain source is needed on regtest", async () => {
  const dataDir = join(folder.path, "none");
  const { code, stderr } = await refused(["--role", "user", "--network", "regtest", "--data-dir", dataDir]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/On regtest --chain is needed, e\.g\. bitcoind=.*\(bad_config\)/);
  expect(existsSync(dataDir)).toBe(false);
});

test("a native library that is missing, is none, or speaks another ABI version", async () => {
  const dataDir = join(folder.path, "library");
  const path = join(folder.path, "libother.so");
  const env = { PEER_STABLES_LIBRARY: path };
  const missing = await refused(role(dataDir), env);
  expect(missing.code).toBe(3);
  expect(missing.stderr).toMatch(/names .*libother\.so, which is not there; unset it or build .*\(library_missing\)/);
  writeFileSync(path, "this is a text");
  const text = await refused(role(dataDir), env);
  expect(text.code).toBe(3);
  expect(text.stderr).toMatch(/libother\.so is not the native library: .*rebuild .*\(library_missing\)/);
  const other = await compiled(folder.path, "unsigned ps_abi_version(void) { return 99; }");
  const abi = await refused(role(dataDir), { PEER_STABLES_LIBRARY: other });
  expect(abi.code).toBe(3);
  expect(abi.stderr).toMatch(/has ABI version 99, this program needs 1; rebuild .*\(library_abi\)/);
  expect(existsSync(dataDir)).toBe(false);
});

test("its folders are private, whoever's umask it was started with", async () => {
  const dataDir = join(folder.path, "private");
  await works(dataDir);
  chmodSync(join(dataDir, "regtest/lsp"), 0o755);
  await works(dataDir);
  const modes = [dataDir, join(dataDir, "regtest"), join(dataDir, "regtest/lsp")].map(
    (path) => statSync(path).mode & 0o777,
  );
  expect(modes).toEqual([0o700, 0o700, 0o700]);
});
