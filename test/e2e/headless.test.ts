/** The program in pipes: what it prints where, and what it ends with. */
import { afterAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { commands } from "../../src/commands/table.ts";
import { settingKeys, settingOf } from "../../src/config/settings.ts";
import { compiled } from "./compiled.ts";
import { jsonLines, runProgram, startProgram, temporaryFolder } from "./program.ts";
import { until } from "./until.ts";

const main = join(import.meta.dir, "../../src/main.tsx");
const folder = temporaryFolder();
afterAll(folder.remove);
/** Where the demos of this file put their data. */
const env = { TMPDIR: folder.path };

describe("without nodes", () => {
  test("--help names every setting and every command", async () => {
    const { code, stdout, stderr } = await runProgram(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const key of settingKeys) expect(stdout.includes(`  --${key} `)).toBe(settingOf(key).secret !== true);
    for (const { name } of commands) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  test("--version", async () => {
    const ended = await runProgram(["--version"]);
    expect(ended).toEqual({ code: 0, stdout: `peer-stables ${packageJson.version}\n`, stderr: "" });
  });

  test.each([
    [["--verison"], /'--verison'\. Did you mean --version\? \(usage\)/],
    [["demo", "--scrpt", "x"], /'--scrpt'\. Did you mean --script\? \(usage\)/],
    [["demmo"], /"demmo" is not understood here\. Did you mean demo\? \(usage\)/],
    [["--role", "bank"], /--role "bank" is not valid: expected user, lsp or exchange\. \(usage\)/],
    [["demo", "--script"], /'--script <value>' argument missing.*\(usage\)/],
    [
      ["demo", "--price", "fixed=abc", "--", "price"],
      /--price "fixed=abc" is not valid: .*needs dollars per bitcoin.*such as fixed=100000.*\(usage\)/,
    ],
    [["demo", "--"], /A command is expected behind --.*\(usage\)/],
    [["demo", "--script", "-", "--", "user", "balance"], /either --script or a command behind --.*\(usage\)/],
    [["completions", "tcsh"], /completions needs a shell: bash, zsh, fish\. \(usage\)/],
  ])("%p is refused with a hint", async (args, says) => {
    const { code, stdout, stderr } = await runProgram(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(says);
  });

  test.each([
    [[], /\npeer-stables: Say what to start: demo, or --role user, lsp or exchange\. \(usage\)\n$/],
    [["demo"], /--script FILE, - for standard input, or a command behind --\. \(not_a_terminal\)\n$/],
    [["--role", "user"], /--script FILE, - for standard input, or a command behind --\. \(not_a_terminal\)\n$/],
  ])("%p without a terminal: help and exit 2", async (args, says) => {
    const { code, stdout, stderr } = await runProgram(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("  peer-stables demo ");
    expect(stderr).toMatch(says);
  });

  test("bash completes flags, their values and commands", async () => {
    const { code, stdout } = await runProgram(["completions", "bash"]);
    expect(code).toBe(0);
    const complete = (...words: string[]) => {
      const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}`;
      const asked = `${stdout}\n${line}; _peer_stables; echo "\${COMPREPLY[@]}"`;
      return Bun.spawnSync(["bash", "-c", asked]).stdout.toString().trim();
    };
    expect(complete("peer-stables", "de")).toBe("demo");
    expect(complete("peer-stables", "--scr")).toBe("--script");
    expect(complete("peer-stables", "--role", "us")).toBe("user");
    expect(complete("peer-stables", "--role", "user", "--", "getjit")).toBe("getjitinvoice");
  });

  test.each(["zsh", "fish"])("completions for %s", async (shell) => {
    const { code, stdout, stderr } = await runProgram(["completions", shell]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("getjitinvoice");
    expect(stdout).toContain("demo");
  });
});

describe("scripts", () => {
  test("a failed line ends the script: exit 1, its error, and nothing after it", async () => {
    const stdin = "lsp getaddress\nuser closechannel deadbeef\nlsp getaddress\n";
    const { code, stdout, stderr } = await runProgram(["demo", "--script", "-", "--json"], { stdin, env });
    expect(code).toBe(1);
    expect(jsonLines(stdout)).toMatchObject([
      { line: 1, role: "lsp", command: "getaddress", ok: true },
      { line: 2, role: "user", command: "closechannel", ok: false, error: { code: "unknown_channel" } },
    ]);
    expect(stderr).toMatch(/^standard input:2: No channel fits deadbeef; .*\(unknown_channel\)\n$/);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("text for people, and exit ends a script", async () => {
    const stdin = "faucet lsp 1234567\nlsp balance\nexit\nlsp closechannel deadbeef\n";
    const { code, stdout, stderr } = await runProgram(["demo", "--script", "-"], { stdin, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^> faucet lsp 1234567\n/);
    expect(stdout).toMatch(/\n> lsp balance\n(.*\n)*onchain +1,234,567 sat/);
    expect(stdout).not.toContain("\u001b");
  });

  test("one command behind --, its words as the shell gave them", async () => {
    const args = ["demo", "--json", "--", "user", "getinvoice", "1000", 'half "a" # dozen'];
    const { code, stdout, stderr } = await runProgram(args, { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [line, ...others] = jsonLines(stdout);
    expect(others).toEqual([]);
    expect(line).toMatchObject({ command: "getinvoice", ok: true, result: { amount_msat: "1000000" } });
  });

  test("all of a long output arrives, however late it is read", async () => {
    const child = Bun.spawn([process.execPath, main, "demo", "--json", "--script", "-"], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdin: new Blob([`${"help\n".repeat(40)}user closechannel deadbeef\n`]),
      stdout: "pipe",
      stderr: "pipe",
      timeout: 60_000,
    });
    // The last thing it says there, as it is about to end.
    expect(await new Response(child.stderr).text()).toContain("(unknown_channel)");
    const stdout = await child.stdout.text();
    expect(stdout.length).toBeGreaterThan(4 * 65_536);
    expect(jsonLines(stdout)).toHaveLength(41);
    expect(await child.exited).toBe(1);
  });
});

describe("being stopped", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s in the middle of a script", async (signal, expected) => {
    const stdin = "lsp getaddress\nwait user settled timeout 3600\nlsp getaddress\n";
    const program = startProgram(["demo", "--script", "-", "--json"], { stdin, env });
    await program.line(1);
    expect(readdirSync(folder.path)).toHaveLength(1);
    program.kill(signal);
    const { code, stderr } = await program.ended;
    expect({ code, stderr }).toEqual({ code: expected, stderr: "" });
    expect(program.lines()).toHaveLength(1);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("SIGINT while the nodes are starting", async () => {
    // Silent and long: whoever looks late finds it still running.
    const program = startProgram(["demo", "--script", "-", "--json"], { stdin: "sleep 600\n", env });
    await until(async () => readdirSync(folder.path).length > 0);
    program.kill("SIGINT");
    expect(await program.ended).toEqual({ code: 130, stdout: "", stderr: "" });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("whoever reads its output leaves", async () => {
    const program = [process.execPath, main, "demo", "--script", "-"];
    // More than fits into the pipe.
    const script = "help\n".repeat(40);
    const child = Bun.spawn(["bash", "-c", '"$@" | head -n 1; echo $PIPESTATUS', "bash", ...program], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdin: new Blob([`${script}sleep 3600\n`]),
      stdout: "pipe",
      stderr: "pipe",
      timeout: 60_000,
    });
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    expect({ stdout, stderr }).toEqual({ stdout: "> help\n141\n", stderr: "" });
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

test("a bug is one clear line, exit 70 and a report without secrets", async () => {
  const broken = await compiled(
    folder.path,
    `unsigned ps_abi_version(void) { return 1; }
     long long ps_open(const char *j, long n, char *o, long c) { return 0; }
     int ps_send(long long h, const char *j, long n) { return -1; }
     long long ps_recv(long long h, char *o, long c, unsigned t) { return 0; }
     int ps_close(long long h) { return 0; }
     int ps_wake_fd(long long h) { return -1; }`,
  );
  const reports = temporaryFolder();
  const { code, stdout, stderr } = await runProgram(
    ["--role", "lsp", "--network", "regtest", "--chain", "bitcoind=http://me:hunter22@127.0.0.1:1", "--", "price"],
    { env: { PEER_STABLES_LIBRARY: broken, XDG_DATA_HOME: join(reports.path, "data"), TMPDIR: reports.path } },
  );
  expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
  expect(stderr).toMatch(
    /^peer-stables: .*ps_open answered 0 \(native_protocol\)\nThis is a bug of peer-stables\. A report/,
  );
  const path = /is at (\S+\.txt);/.exec(stderr)?.[1] ?? "";
  const report = readFileSync(path, "utf8");
  expect(report).toContain(`peer-stables ${packageJson.version}`);
  expect(report).toContain("--chain");
  expect(report).toMatch(/at openHandle/);
  expect(report).not.toContain("hunter22");
  reports.remove();
});
