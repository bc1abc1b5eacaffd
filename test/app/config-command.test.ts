/** `peer-stables config` as a person types it. */
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram, temporaryFolder } from "../e2e/program.ts";

const folder = temporaryFolder();
afterAll(folder.remove);
const env = { HOME: folder.path, XDG_CONFIG_HOME: join(folder.path, "c"), XDG_DATA_HOME: join(folder.path, "d") };
const own = join(env.XDG_CONFIG_HOME, "peer-stables/config.toml");
const VENUES = ["name=one url=https://a.example/t last=.last", "name=two url=https://b.example/t last=.last"] as const;
const config = (...args: string[]) => runProgram(["config", ...args], { env });

describe("a person's own config file", () => {
  test("init writes it with what was given, for its owner alone, and never over another", async () => {
    expect((await config("path")).stdout).toBe(`${own}\n`);
    for (const wrong of [
      ["--network", "mainet"],
      ["--lsp-token", "hunter22"],
    ]) {
      const refused = await config("init", ...wrong);
      expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: "" });
      expect(refused.stderr).not.toContain("hunter22");
    }
    expect(existsSync(own)).toBe(false);
    const first = await config("init", "--role", "lsp", "--price-venue", VENUES[0], `--price-venue=${VENUES[1]}`);
    expect(first).toEqual({ code: 0, stdout: `Written: ${own}\n`, stderr: "" });
    expect(statSync(own).mode & 0o777).toBe(0o600);
    const text = readFileSync(own, "utf8");
    expect(Bun.TOML.parse(text)).toEqual({ role: "lsp", "price-venue": [...VENUES] });
    const second = await config("init", "--role", "user");
    expect(second).toMatchObject({ code: 1, stdout: "" });
    expect(second.stderr).toMatch(
      /is there already and was left as it is; name another with --config\. \(conflict\)\n$/,
    );
    expect(readFileSync(own, "utf8")).toBe(text);
  });

  test("check says all that is wrong, of the environment too", async () => {
    writeFileSync(own, 'price-venue = ["a", "b"]\n', { mode: 0o600 });
    const wrong = await runProgram(["config", "check", "--listen", "x"], {
      env: { ...env, PEER_STABLES_NETWROK: "bitcoin" },
    });
    expect({ code: wrong.code, lines: wrong.stdout.trimEnd().split("\n") }).toEqual({
      code: 2,
      lines: [
        '--listen "x" is not valid: expected HOST:PORT.',
        expect.stringMatching(/^price-venue in .*config\.toml "a\\nb" is not valid: /),
        "PEER_STABLES_NETWROK in the environment is no variable of peer-stables; did you mean PEER_STABLES_NETWORK?",
        `${own}: 3 wrong.`,
      ],
    });
    const { code, stdout } = await config("check", "--json");
    expect({ code, said: JSON.parse(stdout) }).toMatchObject({
      code: 2,
      said: { ok: false, path: own, problems: [{}] },
    });
  });

  test("show names every place, and no secret", async () => {
    writeFileSync(own, 'role = "lsp"\nlsp-token = "hunter22"\n');
    const variables = { ...env, PEER_STABLES_ALIAS: "bank", PEER_STABLES_CHAIN: "bitcoind=http://u:hunter22@h:1" };
    const args = ["config", "show", "--network", "signet"];
    const { code, stdout } = await runProgram(args, { env: variables });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^role +lsp {2}\(role in .*config\.toml\)$/m);
    expect(stdout).toMatch(/^network +signet {2}\(--network\)$/m);
    expect(stdout).toMatch(/^alias +bank {2}\(PEER_STABLES_ALIAS\)$/m);
    expect(stdout).toMatch(/^lsp-token +\(hidden\) {2}\(lsp-token in .*\)$/m);
    expect(stdout).toMatch(/^log-level +debug {2}\(default\)$/m);
    expect(stdout).not.toContain("hunter22");
    const json = await runProgram([...args, "--json"], { env: variables });
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, path: own });
    expect(json.stdout).not.toContain("hunter22");
  });

  test("a secret that others may read is refused where the program would start", async () => {
    chmodSync(own, 0o644);
    const { code, stderr } = await runProgram(["--", "balance"], { env });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `peer-stables: lsp-token in ${own} is a secret, and others may read that file: chmod 600 ${own} (bad_config)\n`,
    });
  });

  test("one of version 0.1.0, in the data folder, is read while there is no other", async () => {
    rmSync(own);
    const older = join(env.XDG_DATA_HOME, "peer-stables/config.toml");
    await Bun.write(older, 'alias = "old"\n');
    expect((await config("path")).stdout).toBe(`${older}\n`);
    expect((await config("show")).stdout).toMatch(/^alias +old /m);
  });
});

test("a file named by --config: missing is an error, and init makes it", async () => {
  const path = join(folder.path, "named/some.toml");
  const missing = await config("check", "--config", path);
  expect(missing).toMatchObject({ code: 2, stdout: expect.stringMatching(/cannot be read: .*ENOENT/) });
  expect((await config("init", "--config", path)).code).toBe(0);
  expect(existsSync(path)).toBe(true);
  expect(await config("check", "--config", path)).toMatchObject({
    code: 0,
    stdout: `${path}: 0 settings, all right.\n`,
  });
});

test.each([[], ["nonsense"], ["show", "more"]])("config %p is refused with what there is", async (...args) => {
  const { code, stdout, stderr } = await config(...args.filter(Boolean));
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/config needs one of init, show, path, check\. \(usage\)\n$/);
});
