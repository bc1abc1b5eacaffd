/** What the test command runs, in this order: what answers soonest first. */
import type { Counting } from "./test-counts.ts";

export interface Step {
  name: string;
  what: string;
  command: readonly string[];
  counting: Counting;
  /** Left out by --fast. */
  slow?: boolean;
}

const bun = process.execPath;
const cargo = (...args: string[]): string[] => ["cargo", ...args, "--manifest-path", "native/Cargo.toml"];
/** --no-orphans: a node or a bitcoind must not outlive a test that was cut off. */
const bunTest = (...args: string[]): string[] => [bun, "test", "--no-orphans", "--only-failures", ...args];

export const steps: readonly Step[] = [
  {
    name: "types",
    what: "TypeScript's type check",
    command: [bun, "node_modules/typescript/bin/tsc", "--noEmit"],
    counting: "check",
  },
  {
    name: "style",
    what: "Biome's linter and formatter",
    command: [bun, "node_modules/@biomejs/biome/bin/biome", "ci", "--error-on-warnings", "--max-diagnostics=100"],
    counting: "check",
  },
  {
    name: "house",
    what: "import directions and the other house rules",
    command: [bun, "scripts/checks/house-rules.ts"],
    counting: "check",
  },
  {
    name: "licences",
    what: "licences of all dependencies",
    command: [bun, "scripts/checks/licences.ts"],
    counting: "check",
  },
  {
    name: "audit",
    what: "known weaknesses and lock files of all dependencies",
    command: [bun, "scripts/checks/audit.ts"],
    counting: "check",
  },
  {
    name: "native-format",
    what: "rustfmt",
    command: cargo("fmt", "--all", "--check"),
    counting: "check",
  },
  {
    name: "unit",
    what: "unit and property tests",
    command: bunTest(
      "--parallel",
      "--timeout=30000",
      "--path-ignore-patterns=test/e2e/**",
      "--path-ignore-patterns=test/support/**",
      "./test",
    ),
    counting: "bun",
  },
  {
    name: "native-lint",
    what: "clippy, warnings forbidden",
    command: [...cargo("clippy", "--workspace", "--all-targets", "--release", "--locked"), "--", "-D", "warnings"],
    counting: "check",
    slow: true,
  },
  {
    name: "native",
    what: "tests of the native library",
    command: [bun, "scripts/checks/native-tests.ts"],
    counting: "cargo",
    slow: true,
  },
  {
    name: "sim",
    what: "10,000 simulated schedules of faults",
    command: [bun, "test/sim/main.ts", "--schedules", "10000"],
    counting: "check",
    slow: true,
  },
  {
    name: "e2e",
    what: "end-to-end tests, on the embedded chain and on a real bitcoind",
    // Two files at a time: a file mostly waits, for blocks, time limits and each role's own rounds.
    command: bunTest("--parallel=2", "--timeout=120000", "./test/support", "./test/e2e"),
    counting: "bun",
    slow: true,
  },
  {
    name: "fresh",
    what: "the README's steps on a machine with nothing but Node and a shell",
    command: [bun, "scripts/fresh-machine.ts"],
    counting: "check",
    slow: true,
  },
];
