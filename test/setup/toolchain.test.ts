import { expect, test } from "bun:test";
import { SetupError } from "../../scripts/setup/setup-error.ts";
import { checkToolchain, type Machine, minimumRust } from "../../scripts/setup/toolchain.ts";

/** A machine on which each named program says its version. */
function machine(programs: Record<string, string>, environment: Record<string, string> = {}): Machine {
  return {
    environment: { PATH: "/usr/bin", HOME: "/nowhere", ...environment },
    platform: "linux",
    which: (program) => (program in programs ? `/usr/bin/${program}` : null),
    version: (program) => ({ ok: programs[program] !== "broken", text: `${program} ${programs[program]}` }),
  };
}

const complete = { cargo: "1.95.0 (f2d3ce0bd 2026-03-21)", rustc: "1.95.0", cc: "12", "c++": "12" };
const without = (name: keyof typeof complete): Record<string, string> =>
  Object.fromEntries(Object.entries(complete).filter(([program]) => program !== name));

function refusal(programs: Record<string, string>, environment: Record<string, string> = {}): string {
  try {
    checkToolchain(machine(programs, environment), "1.89");
  } catch (error) {
    if (error instanceof SetupError) return error.message;
    throw error;
  }
  return "accepted";
}

test("a complete machine is accepted, and rustup's folder is searched too", () => {
  expect(checkToolchain(machine(complete), "1.89")).toContain("/nowhere/.cargo/bin");
  expect(checkToolchain(machine({ ...complete, cargo: "1.89.0" }), "1.89")).toContain("/usr/bin");
});

test.each([
  ["no cargo", without("cargo"), ["Rust is missing", "`cargo`", "sh.rustup.rs", "1.89 or newer"]],
  ["no rustc", without("rustc"), ["Rust is missing", "`rustc`"]],
  ["an old cargo", { ...complete, cargo: "1.85.1" }, ["Rust is too old", "1.85.1", "rustup update stable"]],
  ["an old rustc", { ...complete, rustc: "1.9.0" }, ["Rust is too old", "`rustc` is 1.9.0"]],
  ["rustup without a toolchain", { ...complete, cargo: "broken" }, ["`cargo --version` failed", "sh.rustup.rs"]],
  ["no C compiler", without("cc"), ["A C compiler is missing", "secp256k1", "build-essential"]],
  ["no C++ compiler", without("c++"), ["A C++ compiler is missing", "`c++`"]],
] as const)("%s is refused with what, why and how", (_, programs, words) => {
  for (const word of words) expect(refusal(programs)).toContain(word);
});

test("CC and CXX name the compilers where they are set", () => {
  const clang = { cargo: complete.cargo, rustc: complete.rustc, clang: "19", "clang++": "19" };
  expect(refusal(clang, { CC: "clang -m64", CXX: "clang++" })).toBe("accepted");
  expect(refusal(complete, { CXX: "clang++" })).toContain("`clang++`");
});

test("the minimum is the manifest's rust-version", () => {
  expect(minimumRust('[package]\nname = "x"\nrust-version = "1.89"\n')).toBe("1.89");
});
