/** What lies on disk and what does not: modes, secrets, core dumps, and a disk that fills up. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newWords, seedOfWords } from "../../src/keys/mnemonic.ts";
import { keepSeed } from "../../src/keys/seed-folder.ts";
import { MIB } from "../../src/store/free-space.ts";
import { startInTerminal } from "../tui/terminal.ts";
import { compiled } from "./compiled.ts";
import { runProgram, startProgram, temporaryFolder } from "./program.ts";
import { onboarding, openPlaying } from "./stage.ts";

const LONG_MS = 120_000;
const root = temporaryFolder();
const at = (name: string) => join(root.path, name);
const random = (bytes: number) => randomBytes(bytes);
const words = newWords(24, random);
const passphrase = `pass-${randomBytes(12).toString("hex")}`;
const seed = Buffer.from(seedOfWords(words));

/** Every spelling a leak could have. */
const secrets: readonly (string | Uint8Array)[] = [
  seed,
  seed.subarray(0, 32),
  seed.toString("hex"),
  seed.toString("hex").toUpperCase(),
  seed.toString("base64").slice(0, 40),
  words.slice(0, 3).join(" "),
  words.slice(-3).join(" "),
  passphrase,
];
const leaks = (text: string | Uint8Array) => secrets.filter((secret) => Buffer.from(text).includes(secret));

/** It opens nothing: that is a bug, and leaves a report. */
const brokenLibrary = `unsigned ps_abi_version(void) { return 1; }
     long long ps_open(const char *j, long n, char *o, long c) { return 0; }
     int ps_send(long long h, const char *j, long n) { return -1; }
     long long ps_recv(long long h, char *o, long c, unsigned t) { return 0; }
     int ps_close(long long h) { return 0; }
     int ps_wake_fd(long long h) { return -1; }`;

beforeAll(() => {
  for (const name of ["data", "temporary", "state"]) mkdirSync(at(name), { mode: 0o755 });
  // Plain on purpose for the exchange: whatever the node writes beside its seed file must not hold it either.
  keepSeed(at("data/regtest/user"), seed, { passphrase }, random);
  keepSeed(at("data/regtest/exchange"), seed, "plain", random);
  writeFileSync(at("passphrase"), passphrase, { mode: 0o600 });
});
afterAll(root.remove);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

const env = { TMPDIR: at("temporary"), XDG_STATE_HOME: at("state"), HOME: at("state"), XDG_CONFIG_HOME: at("state") };
/** Named so that the user does not wait for one to appear; nobody is there. */
const lsp = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798@127.0.0.1:1";
const start = (role: string, chain: string) => [
  ...["--role", role, "--network", "regtest", "--chain", chain, "--data-dir", at("data"), "--price", "fixed=100000"],
  ...["--listen", "127.0.0.1:0", "--log-level", "trace", "--passphrase-file", at("passphrase")],
  ...(role === "user" ? ["--lsp", lsp] : []),
];

test(
  "no secret is in a log, a database, a trace, a crash report, the output or the screen",
  async () => {
    const stage = await openPlaying("embedded");
    try {
      const { source } = stage.demo.chain;
      if (source.kind !== "bitcoind") throw new Error("the embedded chain speaks as bitcoind");
      const chain = `bitcoind=http://${source.user}:${source.password}@${source.host}:${source.port}`;
      for (const role of ["user", "exchange"]) {
        const script = "nodeinfo\ngetaddress\ngetinvoice 1000\nlog\naudit\nbackup NAME\n".replace(
          "NAME",
          at(`backup-${role}`),
        );
        const trace = at(`data/trace-${role}`);
        const ran = await runProgram([...start(role, chain), "--script", "-"], {
          stdin: script,
          env: { ...env, PEER_STABLES_FFI_TRACE: trace },
        });
        expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: "" });
        expect(leaks(ran.stdout + ran.stderr)).toEqual([]);
        expect(readFileSync(trace, "utf8")).toContain("node.start");
      }
      const screen = startInTerminal([...start("user", chain)], { env, columns: 140, rows: 50 });
      try {
        await screen.shows(/press \/ to type a command/);
        await screen.shows(/block 1\d\d/);
        screen.kill("SIGTERM");
        await screen.exited;
        expect(leaks(screen.output())).toEqual([]);
      } finally {
        screen.close();
      }
      const library = await compiled(at("temporary"), brokenLibrary);
      const crashed = await runProgram([...start("user", chain), "--", "nodeinfo"], {
        env: { ...env, PEER_STABLES_LIBRARY: library },
      });
      expect(crashed.code).toBe(70);
      expect(leaks(crashed.stdout + crashed.stderr)).toEqual([]);
      expect(readdirSync(at("temporary")).some((name) => name.startsWith("peer-stables-bug-"))).toBe(true);
    } finally {
      await stage.close();
    }
    const ours = /(keys_seed|\/passphrase)$/;
    const found = filesBelow(root.path).filter((path) => !ours.test(path) && leaks(readFileSync(path)).length > 0);
    expect(found).toEqual([]);
    // The search finds what is there.
    expect(leaks(readFileSync(at("data/regtest/exchange/keys_seed")))).not.toEqual([]);
  },
  LONG_MS,
);

test("what a role leaves is its owner's alone", () => {
  const open = [at("data/regtest"), at("backup-user")]
    .flatMap((folder) => [
      folder,
      ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
    ])
    .map((path) => [path, statSync(path).mode & 0o077] as const)
    .filter(([, mode]) => mode !== 0);
  expect(open).toEqual([]);
});

test.if(process.platform === "linux")(
  "a process with a node in it leaves no core dump",
  async () => {
    const program = startProgram(["demo", "--json", "--script", "-"], { stdin: "user nodeinfo\nsleep 60\n", env });
    try {
      await program.line(1);
      expect(readFileSync(`/proc/${program.pid}/limits`, "utf8")).toMatch(/^Max core file size +0 +0 /m);
    } finally {
      program.kill("SIGTERM");
      await program.ended;
    }
  },
  LONG_MS,
);

test(
  "a disk that fills up holds settlements until there is room, and a start on a full one is refused",
  async () => {
    let free = 1_000 * MIB;
    const stage = await openPlaying("embedded", {}, undefined, { freeBytes: () => free });
    try {
      await stage.script(`${onboarding}
        user startstablechannel last true 4.0 0`);
      free = 10 * MIB;
      await stage.run("kill exchange");
      await expect(stage.run("start exchange")).rejects.toMatchObject({ code: "disk_full" });
      // What was looked up lately is looked up again after a second.
      await stage.script("sleep 1\nprice 80000");
      const check = await stage.run("lsp checkstability");
      expect(JSON.stringify(check)).toMatch(
        /"action":"hold".*the disk is nearly full: 10 MiB are free at .*; make room/,
      );
      expect(await stage.run("user stable")).toMatchObject({ agreements: [{ settlements: 0 }] });
      free = 1_000 * MIB;
      await stage.script(
        "sleep 1\nlsp checkstability\nwait user settled\nexpect user stable .agreements[0].settlements == 1",
      );
    } finally {
      await stage.close();
    }
  },
  LONG_MS,
);
