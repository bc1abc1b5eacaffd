import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withFileLock } from "../../scripts/setup/file-lock.ts";

/** A project like this one, whose native library is one line and whose one dependency lies beside it. */
const project = mkdtempSync(join(tmpdir(), "peer-stables-setup-"));
const source = join(project, "native", "src", "lib.rs");
const scripts = join(import.meta.dir, "../../scripts");
mkdirSync(join(project, "scripts"));
cpSync(join(scripts, "setup.ts"), join(project, "scripts", "setup.ts"));
cpSync(join(scripts, "setup"), join(project, "scripts", "setup"), { recursive: true });
mkdirSync(join(project, "native", "src"), { recursive: true });
mkdirSync(join(project, "tiny"));
writeFileSync(join(project, "tiny", "package.json"), '{ "name": "tiny", "version": "1.0.0" }\n');
writeFileSync(join(project, "package.json"), '{ "name": "small", "dependencies": { "tiny": "file:./tiny" } }\n');
Bun.spawnSync([process.execPath, "install", "--lockfile-only"], { cwd: project });
writeFileSync(
  join(project, "native", "Cargo.toml"),
  '[package]\nname = "peer_stables_native"\nversion = "0.0.0"\nedition = "2021"\nrust-version = "1.70"\n[lib]\ncrate-type = ["cdylib"]\n',
);
writeFileSync(
  join(project, "native", "Cargo.lock"),
  'version = 3\n\n[[package]]\nname = "peer_stables_native"\nversion = "0.0.0"\n',
);
writeFileSync(source, "pub fn one() {}\n");

afterAll(() => rmSync(project, { recursive: true, force: true }));

async function setup(
  environment: Record<string, string> = {},
): Promise<{ exitCode: number; said: string; output: string }> {
  const child = Bun.spawn([process.execPath, "scripts/setup.ts"], {
    cwd: project,
    env: { ...process.env, PEER_STABLES_LIBRARY: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, said, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { exitCode, said, output };
}

test("without Rust it says what is missing and how to get it, and a library of one's own needs none", async () => {
  const bare = { PATH: "/nowhere", HOME: "/nowhere", CARGO_HOME: "/nowhere" };
  const refused = await setup(bare);
  expect(refused).toMatchObject({ exitCode: 3, output: "" });
  expect(refused.said).toContain("Rust is missing");
  expect(await setup({ ...bare, PEER_STABLES_LIBRARY: "/some/library.so" })).toEqual({
    exitCode: 0,
    said: "",
    output: "",
  });
});

test("the first time it builds, and two at once build once", async () => {
  const [one, other] = await Promise.all([setup(), setup()]);
  expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
  const builds = (one.said + other.said).match(/native library built in/g);
  expect(builds).toHaveLength(1);
  expect(one.said + other.said).toContain("about 6 minutes on two cores");
}, 60_000);

test("the second time it says and does nothing", async () => {
  expect(await setup()).toEqual({ exitCode: 0, said: "", output: "" });
  writeFileSync(source, readFileSync(source));
  mkdirSync(join(project, "native", "tests"));
  writeFileSync(join(project, "native", "tests", "some.rs"), "// no part of the library\n");
  expect(await setup()).toEqual({ exitCode: 0, said: "", output: "" });
});

test("a change of the sources is built, a broken one refused with the compiler's words and the log", async () => {
  writeFileSync(source, "pub fn one() { let x: u32 = missing_name; }\n");
  const broken = await setup();
  expect(broken.exitCode).toBe(3);
  expect(broken.said).toContain("cannot find value `missing_name`");
  expect(broken.said).toContain("native-build.log");
  expect(readFileSync(join(project, ".cache", "native-build.log"), "utf8")).toContain("missing_name");
  writeFileSync(source, "pub fn two() {}\n");
  const mended = await setup();
  expect(mended.exitCode).toBe(0);
  expect(mended.said).toContain("native library built in");
}, 60_000);

test("dependencies that cannot be had are refused", async () => {
  writeFileSync(
    join(project, "package.json"),
    '{ "name": "small", "dependencies": { "tiny": "file:./tiny", "other": "file:./absent" } }\n',
  );
  const refused = await setup();
  expect(refused.exitCode).toBe(3);
  expect(refused.said).toContain("The dependencies could not be installed");
});

test("a lock is held by one at a time, and passed on when its holder fails", async () => {
  const path = join(project, "some.lock");
  const events: string[] = [];
  const work = async (name: string): Promise<void> => {
    events.push(`${name} in`);
    await Bun.sleep(1);
    events.push(`${name} out`);
    if (name === "a") throw new Error("a failed");
  };
  const waited: string[] = [];
  const names = ["a", "b", "c"];
  const results = await Promise.allSettled(
    names.map((name) =>
      withFileLock(
        path,
        () => waited.push(name),
        () => work(name),
      ),
    ),
  );
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
  expect(waited).toEqual(["b", "c"]);
  const inside = events.map((event) => event.split(" ")[0]);
  for (let index = 0; index < inside.length; index += 2) expect(inside[index]).toBe(inside[index + 1] ?? "");
});
