/** The TOML file of settings: keys as the flags, and a table `[user]`, `[lsp]` or `[exchange]` for one role alone. */
import { nearest } from "../commands/nearest.ts";
import { reasonOf } from "../errors.ts";
import type { Role } from "../node/port.ts";
import type { Problem } from "./problem.ts";
import { type SettingKey, settingKeys, settingOf, type Values } from "./settings.ts";

export interface ConfigFile {
  path: string;
  values: Values;
  /** What holds for one role only. */
  sections: Partial<Record<Role, Values>>;
  problems: Problem[];
}

const roles: readonly Role[] = ["user", "lsp", "exchange"];

/** Keys that a file can hold. */
export const fileKeys = settingKeys.filter((key) => !settingOf(key).once);

/** Reads all of it; what is wrong with it is in `problems`, and the values beside that are whole. */
export function readConfigFile(path: string, readFile: (path: string) => string): ConfigFile {
  const file: ConfigFile = { path, values: {}, sections: {}, problems: [] };
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return refused(file, `The config file ${path} cannot be read: ${reasonOf(error)}`);
  }
  let table: object;
  try {
    table = Bun.TOML.parse(text);
  } catch (error) {
    return refused(file, `${path}:${brokenLine(text)}: not TOML: ${reasonOf(error).replace("TOML Parse error: ", "")}`);
  }
  for (const [key, value] of Object.entries(table)) {
    const role = roles.find((name) => name === key);
    if (role !== undefined && isTable(value)) file.sections[role] = readTable(value, file, `[${role}] `);
    else Object.assign(file.values, readTable({ [key]: value }, file, ""));
  }
  return file;
}

function readTable(table: object, file: ConfigFile, where: string): Values {
  const values: Values = {};
  const keys = where === "" ? fileKeys : fileKeys.filter((name) => name !== "role");
  for (const [key, value] of Object.entries(table)) {
    const known = keys.find((name) => name === key);
    if (known === undefined) {
      const close = nearest(key, keys);
      const hint = close === undefined ? "config init lists what is" : `did you mean ${close}?`;
      refused(file, `${file.path}: ${where}${JSON.stringify(key)} is not a setting of a config file; ${hint}`);
      continue;
    }
    const text = textOf(known, value);
    if (text !== undefined) values[known] = text;
    else refused(file, `${file.path}: ${where}${known} needs ${formOf(known)}`);
  }
  return values;
}

function refused(file: ConfigFile, message: string): ConfigFile {
  file.problems.push({ code: "bad_config", message });
  return file;
}

function isTable(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in the form a flag has; undefined for a date, a table and whatever else no setting is. */
function textOf(key: SettingKey, value: unknown): string | undefined {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  const { many } = settingOf(key);
  if (many === undefined || !Array.isArray(value)) return undefined;
  return value.every((part) => typeof part === "string") ? value.join(many) : undefined;
}

function formOf(key: SettingKey): string {
  const { many, value } = settingOf(key);
  if (many !== undefined) return "a text, or an array of texts";
  return value === undefined ? "true or false" : "a text or a number";
}

/** Bun doesn't say where it stopped: the line behind the longest beginning that can be read. */
function brokenLine(text: string): number {
  const lines = text.split("\n").slice(0, 1_000);
  const readable = lines.findLastIndex((_, i) => {
    try {
      Bun.TOML.parse(lines.slice(0, i + 1).join("\n"));
      return true;
    } catch {
      return false;
    }
  });
  return Math.min(readable + 2, lines.length);
}
