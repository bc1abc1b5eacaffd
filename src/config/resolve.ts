/**
 * What holds: flag, then environment (`PEER_STABLES_<KEY>`), then the config file (first its table of this role). What
 * none of them says is left out, and whoever uses it has its default.
 */
import { ConfigError } from "./config-error.ts";
import { type Held, heldSettings, holdsSecret, problemOf, type RawSettings } from "./held.ts";
import type { Problem } from "./problem.ts";
import { type SettingKey, type Settings, settingKeys, settingOf, type Values } from "./settings.ts";

export interface Files {
  /** @throws what the system says of it */
  readFile(path: string): string;
  /** Whether somebody besides the owner may read it. */
  openToOthers(path: string): boolean;
}

export interface Resolved {
  settings: Settings;
  held: Held[];
  /** Everything that is wrong. */
  problems: Problem[];
  /** What works and is dangerous, a sentence each. */
  warnings: string[];
}

/** All that was given, and all that is wrong with it. */
export function lookUp(raw: RawSettings, files: Files): Resolved {
  const problems: Problem[] = [...(raw.file?.problems ?? [])];
  const warnings: string[] = [];
  const held = heldSettings(raw, files.readFile, problems);
  const settings: Record<string, unknown> = {};
  for (const one of held) {
    const exposed = exposure(one, raw, files);
    if (exposed?.refused === false) warnings.push(exposed.message);
    else if (exposed !== undefined) problems.push(problemOf(one, exposed.message));
    const parsed = settingOf(one.key).schema.safeParse(one.text);
    if (parsed.success) settings[one.key] = parsed.data;
    else problems.push(problemOf(one, notValid(one, parsed.error.issues[0]?.message)));
  }
  return { settings: withChainPassword(settings, problems), held, problems, warnings };
}

/**
 * Flags that are to be written into a config file, each by itself: what they lead to, as a file with a secret, need not be
 * there yet.
 * @throws ConfigError `usage`, where one has another form or is a secret
 */
export function refuseWrongFlags(flags: Values): void {
  for (const key of settingKeys) {
    const text = flags[key];
    const { secret, schema } = settingOf(key);
    if (text === undefined) continue;
    const one: Held = { key, text, origin: "flag", name: `--${key}` };
    if (secret)
      throw new ConfigError("usage", `--${key} is a secret: write it into the file by hand, or give --${key}-file.`);
    const parsed = schema.safeParse(text);
    if (!parsed.success) throw new ConfigError("usage", notValid(one, parsed.error.issues[0]?.message));
  }
}

/** @throws ConfigError `usage` or `bad_config`: the first problem, and how many more there are */
export function resolveSettings(raw: RawSettings, files: Files): Omit<Resolved, "problems"> {
  const { problems, ...resolved } = lookUp(raw, files);
  const [first, ...more] = problems;
  if (first === undefined) return resolved;
  const others = more.length === 0 ? "" : ` (${more.length} more; peer-stables config check lists them)`;
  throw new ConfigError(first.code, `${first.message}${others}`);
}

function exposure(one: Held, { file }: RawSettings, files: Files): { refused: boolean; message: string } | undefined {
  if (one.fromFile || !holdsSecret(one)) return undefined;
  if (one.origin === "file" && file !== undefined && files.openToOthers(file.path)) {
    return { refused: true, message: `${one.name} is a secret, and others may read that file: chmod 600 ${file.path}` };
  }
  if (one.origin !== "flag") return undefined;
  const everybody = "would show in this machine's list of processes";
  const instead = (key: SettingKey) => `put it into a file and give --${key}-file, or into the environment or config`;
  return one.key === "chain"
    ? { refused: false, message: `The password in --chain ${everybody}: ${instead("chain-password")}.` }
    : { refused: true, message: `${one.name} ${everybody}: ${instead(one.key)}.` };
}

function notValid(one: Held, expected = "another form"): string {
  // Of a chain source that is not understood no part is surely free of its password.
  const hidden = one.key === "chain" || settingOf(one.key).secret;
  return `${one.name}${hidden ? "" : ` ${JSON.stringify(one.text)}`} is not valid: expected ${expected}.`;
}

function withChainPassword(settings: Settings, problems: Problem[]): Settings {
  const { chain, "chain-password": password } = settings;
  if (chain?.kind !== "bitcoind" || chain.password !== "") return settings;
  if (password !== undefined) return { ...settings, chain: { ...chain, password } };
  const message = `The bitcoind of chain has a user and no password: add it behind the user and a colon, or give chain-password-file.`;
  problems.push({ code: "bad_config", message });
  return settings;
}
