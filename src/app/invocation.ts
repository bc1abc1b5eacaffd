/** argv -> what is wanted. Pure but for looking at files, which is passed in. */
import { type Shell, shells } from "../commands/completions.ts";
import { nearest } from "../commands/nearest.ts";
import { readConfigFile } from "../config/config-file.ts";
import type { Held } from "../config/held.ts";
import { type Files, resolveSettings } from "../config/resolve.ts";
import { environmentName, type Settings, type Values } from "../config/settings.ts";
import { AppError } from "./app-error.ts";
import { splitArguments } from "./arguments.ts";
import { type ConfigRequest, configActions } from "./config-command.ts";
import { dataFlags, theFolder } from "./data-words.ts";
import type { DoctorRequest } from "./doctor-command.ts";
import { type KeysAction, keysActions } from "./keys-command.ts";
import { program } from "./program.ts";
import { defaultNetwork } from "./role-options.ts";

export type Invocation =
  | { mode: "help" }
  | { mode: "version" }
  | { mode: "first_run"; settings: Settings }
  | { mode: "keys"; action: KeysAction; settings: Settings & { role: NonNullable<Settings["role"]> } }
  | {
      mode: "role";
      settings: Settings & { role: NonNullable<Settings["role"]> };
      line: string | undefined;
      /** Where each of the settings came from. */
      held: readonly Held[];
      /** What works and is dangerous, a sentence each. */
      warnings: string[];
    }
  | { mode: "demo" | "attach"; settings: Settings; line: string | undefined; held: readonly Held[] }
  | { mode: "config"; request: ConfigRequest }
  | { mode: "doctor"; request: DoctorRequest }
  | { mode: "backup"; target: string; move: boolean; settings: Settings & { role: NonNullable<Settings["role"]> } }
  | { mode: "restore"; backup: string; accepted: boolean; withoutChannels: boolean; settings: Settings }
  | { mode: "completions"; shell: Shell }
  | { mode: "manual" }
  | { mode: "backtest"; args: string[] }
  | { mode: "verify"; file: string };

export interface Surroundings extends Files {
  env: Record<string, string | undefined>;
  /** The person's own config file, read where no other is named, if it is there. */
  config: { path: string; exists: boolean };
}

/** @throws AppError `usage` or `bad_config`, naming the input and the remedy */
export function parseInvocation(argv: readonly string[], around: Surroundings): Invocation {
  if (argv[0] === "backtest") return { mode: "backtest", args: argv.slice(1) };
  const { flags, words: given, line, help, version, own } = splitArguments(argv);
  if (help) return { mode: "help" };
  if (version) return { mode: "version" };
  const [word, ...rest] = given;
  const { move, accepted, withoutChannels } = dataFlags(word, own);

  if (word === "completions") {
    const shell = shells.find((known) => known === rest[0]);
    if (shell === undefined) throw new AppError("usage", `completions needs a shell: ${shells.join(", ")}.`);
    return { mode: "completions", shell };
  }
  if (word === "manual" && rest.length === 0) return { mode: "manual" };
  if (word === "verify") {
    const [evidence, ...more] = rest;
    if (evidence !== undefined && more.length === 0) return { mode: "verify", file: evidence };
    throw new AppError("usage", "verify needs one file, as stable AGREEMENT --evidence FILE wrote it.");
  }
  if (word === "doctor" && rest.length === 0) {
    const { file } = configOf(flags, around);
    return { mode: "doctor", request: { raw: { flags, env: around.env, file }, json: flags.json === "true" } };
  }
  if (word === "config") return { mode: "config", request: configRequest(rest, flags, around) };
  const { settings, held, warnings } = resolveSettings(
    { flags, env: around.env, file: configOf(flags, around).file },
    around,
  );
  if (line !== undefined && flags.script !== undefined) {
    throw new AppError("usage", "Give either --script or a command behind --, not both.");
  }
  if (word === "keys") return { mode: "keys", action: keysAction(rest), settings: withRole(settings, "keys") };
  if (word === "backup") {
    return { mode: "backup", target: theFolder(word, rest), move, settings: withRole(settings, word) };
  }
  if (word === "restore") {
    return {
      mode: "restore",
      backup: theFolder(word, rest),
      accepted,
      withoutChannels,
      settings,
    };
  }
  // In a config file it says how the role runs, which hinders nobody who asks it something.
  if (flags.headless !== undefined && (word ?? line ?? flags.script) !== undefined) {
    throw new AppError("usage", "--headless runs a --role alone, without a script, a command or another word.");
  }
  const takesNone = word === "demo" || word === "attach";
  if (takesNone && rest.length === 0) return { mode: word, settings, line, held };
  if (word !== undefined) {
    const stray = takesNone ? (rest[0] ?? "") : word;
    const close = nearest(
      stray,
      program.words.map(({ name }) => name),
    );
    const hint = close === undefined ? "See peer-stables --help." : `Did you mean ${close}?`;
    const after = settings.role === undefined ? "" : " A command to run once goes behind --.";
    throw new AppError("usage", `${JSON.stringify(stray)} is not understood here. ${hint}${after}`);
  }
  if (settings.role !== undefined)
    return { mode: "role", settings: { ...settings, role: settings.role }, line, held, warnings };
  if (settings.headless === true) {
    const code = flags.headless === undefined ? "bad_config" : "usage";
    throw new AppError(code, "To run headless a role is needed: --role user, lsp or exchange.");
  }
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

function configOf(flags: Values, { env, config, readFile }: Surroundings) {
  const named = flags.config ?? (env[environmentName("config")] || undefined);
  const path = named ?? config.path;
  const there = named !== undefined || config.exists;
  return { path, file: there ? readConfigFile(path, readFile) : undefined };
}

function configRequest(words: readonly string[], flags: Values, around: Surroundings): ConfigRequest {
  const [word, ...more] = words;
  const action = configActions.find(({ name }) => name === word)?.name;
  if (action === undefined || more.length > 0) {
    throw new AppError("usage", `config needs one of ${configActions.map(({ name }) => name).join(", ")}.`);
  }
  const { path, file } = configOf(flags, around);
  return { action, path, raw: { flags, env: around.env, file }, json: flags.json === "true" };
}
