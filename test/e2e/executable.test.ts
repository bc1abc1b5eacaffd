/** The one file that `bun run build` makes, in an empty folder of a machine on which nothing else is installed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { canEnterRoots } from "../../scripts/fresh/machine.ts";
import { packDebian } from "../../scripts/release/debian.ts";
import { targets } from "../../scripts/release/targets.ts";
import { nativePaths } from "../../scripts/setup/native-stamp.ts";
import { bareDebian } from "../support/debian.ts";
import { startInTerminal } from "../tui/terminal.ts";
import { temporaryFolder } from "./program.ts";

const LONG_MS = 120_000;
const root = join(import.meta.dir, "../..");
const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
const program = at("bin/peer-stables");

beforeAll(() => {
  mkdirSync(at("empty"));
  const library = process.env["PEER_STABLES_LIBRARY"] ?? nativePaths(root, process.platform).library;
  // The bundler of a test process is not that of a program: another one builds, as `bun run build` does.
  const script = `import { buildExecutable } from ${JSON.stringify(join(root, "scripts/build/executable.ts"))};
    await buildExecutable(${JSON.stringify({ root, library, outfile: program })});`;
  const built = Bun.spawnSync([process.execPath, "-e", script], { cwd: root });
  expect(built.stderr.toString()).toBe("");
}, LONG_MS);
afterAll(folder.remove);

/** Nothing of whoever runs the test but a home: no PATH, no Bun, no Node. */
async function run(args: readonly string[], env: Record<string, string>) {
  const child = Bun.spawn([program, ...args], {
    cwd: at("empty"),
    env,
    stdout: "pipe",
    stderr: "pipe",
    timeout: LONG_MS,
  });
  const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { code, stdout, stderr };
}

const cached = (home: string) => {
  const cache = join(home, process.platform === "darwin" ? "Library/Caches" : ".cache", "peer-stables");
  const [name = ""] = readdirSync(cache);
  return join(cache, name);
};

test(
  "the whole story runs, and leaves nothing but its unpacked library",
  async () => {
    const home = at("home");
    const demo = await run(["demo", "--script", join(root, "scripts/demo.txt"), "--json"], {
      HOME: home,
      TMPDIR: at("empty"),
    });
    expect(demo).toMatchObject({ code: 0, stderr: "" });
    expect(
      demo.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).ok),
    ).not.toContain(false);
    expect(readdirSync(at("empty"))).toEqual([]);
    expect(statSync(cached(home)).mode & 0o777).toBe(0o700);
    expect(statSync(join(cached(home), "..")).mode & 0o777).toBe(0o700);
  },
  LONG_MS,
);

test(
  "an unpacked library that was changed is not loaded but written anew",
  async () => {
    const home = at("home");
    const right = readFileSync(cached(home));
    const changed = Buffer.from(right);
    changed.fill(0x90, changed.length - 4096);
    writeFileSync(cached(home), changed);
    expect(await run(["demo", "--", "user", "balance"], { HOME: home, TMPDIR: at("empty") })).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(readFileSync(cached(home)).equals(right)).toBe(true);
  },
  LONG_MS,
);

test(
  "where the cache is someone else's to write, a folder of its own is used",
  async () => {
    const home = at("shared-home");
    mkdirSync(join(home, ".cache/peer-stables"), { recursive: true });
    mkdirSync(join(home, "Library/Caches"), { recursive: true });
    symlinkSync(join(home, ".cache/peer-stables"), join(home, "Library/Caches/peer-stables"));
    chmodSync(join(home, ".cache/peer-stables"), 0o777);
    const temporary = at("temporary");
    mkdirSync(temporary);
    expect(await run(["demo", "--", "user", "balance"], { HOME: home, TMPDIR: temporary })).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(readdirSync(join(home, ".cache/peer-stables"))).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  },
  LONG_MS,
);

test(
  "what lies in the folder it is started in changes nothing",
  async () => {
    mkdirSync(at("trap"));
    writeFileSync(at("trap/.env"), "PEER_STABLES_ROLE=nonsense\n");
    writeFileSync(at("trap/bunfig.toml"), 'preload = ["./trap.ts"]\n');
    writeFileSync(at("trap/trap.ts"), "process.exit(99)");
    writeFileSync(at("trap/package.json"), "{");
    const child = Bun.spawn([program, "--version"], { cwd: at("trap"), env: { HOME: at("home") }, stdout: "pipe" });
    expect(await child.stdout.text()).toBe(`peer-stables ${packageJson.version}\n`);
  },
  LONG_MS,
);

test(
  "the dashboard draws, and tables in it",
  async () => {
    const screen = startInTerminal(["demo"], {
      program,
      cwd: at("empty"),
      columns: 120,
      rows: 40,
      env: { PATH: "", HOME: at("home"), TMPDIR: at("empty") },
    });
    try {
      await screen.shows(/exchange[\s\S]*user[\s\S]*lsp/);
      await screen.shows(/up|ready|100,000/);
      screen.type("/faucet exchange 100000\r");
      await screen.shows(/txid +[0-9a-f]{8}/);
      screen.type("/exchange payments\r");
      // ink-table's own frame, which the bundler had to be helped with
      await screen.shows(/│ *updated at *│ *payment id *│ *kind/);
      screen.type("\u0003");
      screen.type("\u0003");
      expect([0, 130]).toContain(await screen.exited);
    } finally {
      screen.close();
    }
  },
  LONG_MS,
);
describe("as a Debian package", () => {
  const target = targets.find((one) => one.platform === "linux" && one.arch === process.arch);
  const pack = (out: string): string => {
    if (target === undefined) throw new Error(`there is no package for ${process.arch}`);
    mkdirSync(out, { recursive: true });
    return packDebian({ root, out, target, executable: program, dated: "1700000000", compression: "none" });
  };

  test(
    "it is the same twice, is root's, and what it has in it runs",
    async () => {
      const [file, again] = [pack(at("deb")), pack(at("deb-again"))];
      expect(Bun.file(file).size).toBe(Bun.file(again).size);
      expect(Bun.spawnSync(["cmp", file, again]).success).toBe(true);
      const listed = Bun.spawnSync(["dpkg-deb", "--contents", file]).stdout.toString().trimEnd().split("\n");
      expect(listed.filter((line) => !/^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) root\/root /.test(line))).toEqual([]);
      expect(Bun.spawnSync(["dpkg-deb", "-x", file, at("deb")]).success).toBe(true);
      const child = Bun.spawn([at("deb/usr/bin/peer-stables"), "--version"], {
        env: { HOME: at("home") },
        stdout: "pipe",
      });
      expect(await child.stdout.text()).toBe(`peer-stables ${packageJson.version}\n`);
    },
    LONG_MS,
  );

  // Without root rights no other system can be entered: what is left then is the test above.
  if (canEnterRoots())
    test(
      "in a bare Debian it installs, runs, has a unit that systemd takes, and leaves keys behind",
      async () => {
        const debian = await bareDebian();
        const type = async (line: string, user?: string) => {
          const { code, said } = await debian.type(line, user);
          expect({ line, code, said: code === 0 ? "" : said }).toEqual({ line, code: 0, said: "" });
          return said;
        };
        try {
          await type(`dpkg --install ${debian.bring(pack(at("deb")))}`);
          expect(await type("dpkg --verify peer-stables")).toBe("");
          expect(await type("peer-stables --version", "1000:1000")).toBe(`peer-stables ${packageJson.version}\n`);
          const story = debian.bring(join(root, "scripts/demo.txt"));
          expect(await type(`peer-stables demo --script ${story}`, "1000:1000")).toMatch(/^as expected: 0$/m);
          expect(await type("systemd-analyze verify peer-stables@lsp.service")).toBe("");
          expect(await type("stat -c '%U %G %a' /etc/peer-stables /var/lib/peer-stables")).toBe(
            "peer-stables peer-stables 700\n".repeat(2),
          );
          const complete = "bash -c '. /usr/share/bash-completion/completions/peer-stables; complete -p peer-stables'";
          expect(await type(complete)).toContain("_peer_stables");
          expect(await type("gzip -dc /usr/share/man/man1/peer-stables.1.gz")).toMatch(/^\.TH /m);
          await type("touch /var/lib/peer-stables/keys");
          await type("dpkg --purge peer-stables");
          expect(await type("ls /var/lib/peer-stables; command -v peer-stables || echo gone")).toBe("keys\ngone\n");
        } finally {
          debian.remove();
        }
      },
      3 * LONG_MS,
    );
});
