/** argv -> what is wanted. Pure but for reading the config file, which is passed in as a function. */
import { parseArgs } from "node:util";
import type { Shell } from "../commands/completions.ts";
import { nearest } from "../commands/nearest.ts";
import { readConfigFile } from "../config/config-file.ts";
import { environmentName, resolveSettings } from "../config/resolve.ts";
import { type SettingKey, type Settings, settingKeys, settingTable } from "../config/settings.ts";
import { reasonOf } from "../errors.ts";
import { AppError } from "./app-error.ts";
import { type KeysAction, keysActions } from "./keys-command.ts";
import { program } from "./program.ts";
import { defaultNetwork } from "./role-options.ts";

export type Invocation =
  | { mode: "help" }
  | { mode: "version" }
  | { mode: "first_run"; settings: Settings }
  | { mode: "demo"; settings: Settings; line: string | undefined }
  | { mode: "role"; settings: Settings & { role: NonNullable<Settings["role"]> }; line: string | undefined }
  | { mode: "keys"; action: KeysAction; settings: Settings & { role: NonNullable<Settings["role"]> } }
  | { mode: "completions"; shell: Shell }
  | { mode: "backtest"; args: string[] }
  | { mode: "verify"; file: string };

export interface Surroundings {
  env: Record<string, string | undefined>;
  readFile: (path: string) => string;
}

const shells: readonly Shell[] = ["bash", "zsh", "fish"];

/** @throws AppError `usage` or `bad_config`, naming the input and the remedy */
export function parseInvocation(argv: readonly string[], around: Surroundings): Invocation {
  if (argv[0] === "backtest") return { mode: "backtest", args: argv.slice(1) };
  const { flags, words: given, line, help, version } = splitArguments(argv);
  if (help) return { mode: "help" };
  if (version) return { mode: "version" };
  const [word, ...rest] = given;

  if (word === "completions") {
    const shell = shells.find((known) => known === rest[0]);
    if (shell === undefined) throw new AppError("usage", `completions needs a shell: ${shells.join(", ")}.`);
    return { mode: "completions", shell };
  }
  if (word === "verify") {
    const [evidence, ...more] = rest;
    if (evidence !== undefined && more.length === 0) return { mode: "verify", file: evidence };
    throw new AppError("usage", "verify needs one file, as stable AGREEMENT --evidence FILE wrote it.");
  }
  const file = readConfigFile(flags.config ?? around.env[environmentName("config")], around.readFile);
  const settings = resolveSettings({ flags, env: around.env, file });
  if (line !== undefined && flags.script !== undefined) {
    throw new AppError("usage", "Give either --script or a command behind --, not both.");
  }
  if (word === "keys") return { mode: "keys", action: keysAction(rest), settings: withRole(settings, "keys") };
  if (word === "demo" && rest.length === 0) return { mode: "demo", settings, line };
  if (word !== undefined) {
    const stray = word === "demo" ? (rest[0] ?? "") : word;
    const close = nearest(
      stray,
      program.words.map(({ name }) => name),
    );
    const hint = close === undefined ? "See peer-stables --help." : `Did you mean ${close}?`;
    const after = settings.role === undefined ? "" : " A command to run once goes behind --.";
    throw new AppError("usage", `${JSON.stringify(stray)} is not understood here. ${hint}${after}`);
  }
  if (settings.role !== undefined) return { mode: "role", settings: { ...settings, role: settings.role }, line };
  return { mode: "first_run", settings };
}

function keysAction([action, ...more]: readonly string[]): KeysAction {
  const known = keysActions.find((name) => name === action);
  if (known !== undefined && more.length === 0) return known;
  throw new AppError(
    "usage",
    `keys needs one of ${keysActions.join(", ")}; words and passphrases are never arguments.`,
  );
}

/** What works on one role's folder has to be told which. */
function withRole(settings: Settings, word: string): Settings & { role: NonNullable<Settings["role"]> } {
  const { role } = settings;
  if (role !== undefined) return { ...settings, role };
  throw new AppError(
    "usage",
    `${word} needs --role user, lsp or exchange, and --network where it is not ${defaultNetwork}.`,
  );
}

function splitArguments(argv: readonly string[]) {
  const dashes = argv.indexOf("--");
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  const line = dashes < 0 ? undefined : lineOf(argv.slice(dashes + 1));
  const options = Object.fromEntries(
    settingKeys.map((key) => [key, { type: isSwitch(key) ? ("boolean" as const) : ("string" as const) }]),
  );
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: { ...options, help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "V" } },
    });
  } catch (cause) {
    const known = program.flags.map(({ name }) => name);
    const given = own.flatMap((arg) => /^--([^=]+)/.exec(arg)?.[1] ?? []);
    const unknown = given.find((name) => !known.includes(name));
    const close = unknown === undefined ? undefined : nearest(unknown, known);
    const hint = close === undefined ? "See peer-stables --help." : `Did you mean --${close}?`;
    throw new AppError("usage", `${reasonOf(cause).split(". ")[0]}. ${hint}`, { cause });
  }
  const flags: Partial<Record<SettingKey, string>> = {};
  for (const key of settingKeys) {
    const value = parsed.values[key];
    if (value !== undefined) flags[key] = String(value);
  }
  return {
    flags,
    words: parsed.positionals,
    line,
    help: parsed.values["help"] === true,
    version: parsed.values["version"] === true,
  };
}

/** The words of a shell as one line of ours, quoted where they would be read as something else. */
function lineOf(words: readonly string[]): string {
  const [only, ...others] = words;
  if (only === undefined) throw new AppError("usage", "A command is expected behind --; see peer-stables --help.");
  if (others.length === 0) return only;
  const quoted = (word: string) => `"${word.replaceAll(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
  return words.map((word) => (/^[^\s"'#]+$/.test(word) ? word : quoted(word))).join(" ");
}

function isSwitch(key: SettingKey): boolean {
  return !("value" in settingTable[key]);
}
