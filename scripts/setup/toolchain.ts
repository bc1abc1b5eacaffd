/** What the native build needs of the machine, looked for before it starts, so that nobody reads linker errors. */
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { SetupError } from "./setup-error.ts";
import { isOlder } from "./versions.ts";

type Environment = Record<string, string | undefined>;

export interface Machine {
  environment: Environment;
  platform: NodeJS.Platform;
  /** The path of a program, or null. */
  which(program: string, path: string): string | null;
  /** What `program --version` prints; `ok` false when it ends with an error. */
  version(program: string, path: string): { ok: boolean; text: string };
}

const purpose = "peer-stables builds its Lightning node (ldk-node) from Rust source, once";

const howToGetRust = (minimum: string): string => `Get Rust ${minimum} or newer with rustup, its official installer,
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh
or from your system if it has one that new (apt install cargo, dnf install cargo, brew install rust).
Then open a new terminal and run the same command again.`;

const howToGetCompilers = `secp256k1, SQLite and Bitcoin's script checks in it are C and C++. Get the compilers with
    sudo apt install build-essential        Debian, Ubuntu
    sudo dnf install gcc gcc-c++            Fedora
    xcode-select --install                  macOS
and run the same command again.`;

/** The rust-version of a Cargo.toml. */
export function minimumRust(cargoToml: string): string {
  return /^rust-version\s*=\s*"([\d.]+)"/m.exec(cargoToml)?.[1] ?? "1.85";
}

/** rustup puts cargo here, but an already open terminal does not know yet. */
export function pathWithRustup(environment: Environment): string {
  const cargoHome = environment["CARGO_HOME"] ?? join(environment["HOME"] ?? homedir(), ".cargo");
  return [environment["PATH"] ?? "", join(cargoHome, "bin")].join(delimiter);
}

function checkRust(machine: Machine, path: string, minimum: string): void {
  for (const program of ["cargo", "rustc"]) {
    if (machine.which(program, path) === null) {
      throw new SetupError(`Rust is missing: ${purpose}, and found no \`${program}\`.\n${howToGetRust(minimum)}`);
    }
    const { ok, text } = machine.version(program, path);
    if (!ok) {
      throw new SetupError(
        `Rust does not work: \`${program} --version\` failed with\n${text}\n${howToGetRust(minimum)}`,
      );
    }
    const found = /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? "0";
    if (isOlder(found, minimum)) {
      throw new SetupError(
        `Rust is too old: ${purpose}, which takes ${minimum} or newer, and \`${program}\` is ${found}.\n` +
          `With rustup, \`rustup update stable\` is enough. Otherwise:\n${howToGetRust(minimum)}`,
      );
    }
  }
}

/** The names the `cc` crate takes; on Windows it finds Microsoft's tools by itself. */
function checkCompilers(machine: Machine, path: string): void {
  if (machine.platform === "win32") return;
  const compilers = [
    { language: "C", variable: "CC", name: "cc" },
    { language: "C++", variable: "CXX", name: "c++" },
  ];
  for (const { language, variable, name } of compilers) {
    const program = machine.environment[variable]?.split(" ")[0] || name;
    if (machine.which(program, path) === null) {
      throw new SetupError(
        `A ${language} compiler is missing: ${purpose}, and found no \`${program}\`.\n${howToGetCompilers}`,
      );
    }
  }
}

/**
 * The PATH to build with.
 * @param minimum the oldest Rust that will do, such as "1.85"
 * @throws SetupError naming what is missing, why it is needed and how to get it
 */
export function checkToolchain(machine: Machine, minimum: string): string {
  const path = pathWithRustup(machine.environment);
  checkRust(machine, path, minimum);
  checkCompilers(machine, path);
  return path;
}

export function thisMachine(environment: Environment): Machine {
  return {
    environment,
    platform: process.platform,
    which: (program, path) => Bun.which(program, { PATH: path }),
    version(program, path) {
      const run = Bun.spawnSync([program, "--version"], { env: { ...environment, PATH: path }, stderr: "pipe" });
      return { ok: run.success, text: `${run.stdout}${run.stderr}`.trim() };
    },
  };
}
