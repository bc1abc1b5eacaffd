/** Where settings stand, and which of them holds. Values are still text. */
import { reasonOf } from "../errors.ts";
import type { ConfigFile } from "./config-file.ts";
import type { Problem } from "./problem.ts";
import { environmentName, type SettingKey, settingKeys, settingOf, type Values } from "./settings.ts";

export interface RawSettings {
  flags: Values;
  env: Readonly<Record<string, string | undefined>>;
  file: ConfigFile | undefined;
}

/** A setting that was given. */
export interface Held {
  key: SettingKey;
  text: string;
  origin: "flag" | "environment" | "file";
  /** `--network`, `PEER_STABLES_NETWORK`, `network in FILE`. */
  name: string;
  /** The text is what stood in the file that KEY-file names. */
  fromFile?: true;
}

export const problemOf = ({ origin }: Pick<Held, "origin">, message: string): Problem => ({
  code: origin === "flag" ? "usage" : "bad_config",
  message,
});

/** Whether a value is, or has in it, what nobody else may know. */
export function holdsSecret({ key, text }: Pick<Held, "key" | "text">): boolean {
  return settingOf(key).secret === true || (key === "chain" && /^bitcoind=[^:]*:\/\/[^@]*:[^@]+@/.test(text));
}

/** What holds of each key that was given, in the order of the table. @param problems what is wrong is added to it */
export function heldSettings(raw: RawSettings, readFile: (path: string) => string, problems: Problem[]): Held[] {
  const levels = levelsOf(raw).map((level) => withSecretFiles(level, readFile, problems));
  return settingKeys.flatMap((key) => {
    const found = levels.flatMap((level) => level.find((held) => held.key === key) ?? [])[0];
    return found === undefined ? [] : [found];
  });
}

/** What was given, by where: what goes first stands first. */
function levelsOf({ flags, env, file }: RawSettings): Held[][] {
  const variables: Values = {};
  for (const key of settingKeys) variables[key] = env[environmentName(key)] || undefined;
  const given = [level(flags, "flag", (key) => `--${key}`), level(variables, "environment", environmentName)];
  if (file === undefined) return given;
  const role = flags.role ?? variables.role ?? file.values.role;
  const own = Object.entries(file.sections).find(([name]) => name === role);
  if (own !== undefined) given.push(level(own[1], "file", (key) => `[${role}] ${key} in ${file.path}`));
  return [...given, level(file.values, "file", (key) => `${key} in ${file.path}`)];
}

function level(values: Values, origin: Held["origin"], nameOf: (key: SettingKey) => string): Held[] {
  return settingKeys.flatMap((key) => {
    const text = values[key];
    return text === undefined ? [] : [{ key, text, origin, name: nameOf(key) }];
  });
}

/** Secrets that stand in files of their own, beside what the level itself says. */
function withSecretFiles(level: Held[], readFile: (path: string) => string, problems: Problem[]): Held[] {
  const read = level.flatMap((named): Held[] => {
    const key = settingKeys.find((secret) => settingOf(secret).secret && `${secret}-file` === named.key);
    if (key === undefined) return [];
    if (level.some((held) => held.key === key)) {
      problems.push(problemOf(named, `${named.name} and ${key} are both given; leave one out.`));
      return [];
    }
    try {
      const text = readFile(named.text).replace(/\r?\n$/, "");
      return [{ ...named, key, text, fromFile: true }];
    } catch (error) {
      problems.push(problemOf(named, `${named.name} cannot be read (${reasonOf(error)}); name a file that holds it.`));
      return [];
    }
  });
  return [...level, ...read];
}
