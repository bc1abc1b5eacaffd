/**
 * What holds: flag, then environment (`PEER_STABLES_<KEY>`), then the config file. What none of them says is left out,
 * and whoever uses it has its default.
 */
import { ConfigError } from "./config-error.ts";
import { type SettingKey, type Settings, settingKeys, settingTable } from "./settings.ts";

export function environmentName(key: SettingKey): string {
  return `PEER_STABLES_${key.toUpperCase().replaceAll("-", "_")}`;
}

/** Values still as text, by where they came from. */
export interface RawSettings {
  flags: Partial<Record<SettingKey, string>>;
  env: Record<string, string | undefined>;
  file: { path: string; values: Partial<Record<SettingKey, string>> } | undefined;
}

/** @throws ConfigError `usage` for a flag, `bad_config` for the environment or the file; both name key, value and form */
export function resolveSettings(raw: RawSettings): Settings {
  const settings: Record<string, unknown> = {};
  for (const key of settingKeys) {
    const found = lookUp(key, raw);
    if (found === undefined) continue;
    const parsed = settingTable[key].schema.safeParse(found.text);
    if (!parsed.success) {
      const expected = parsed.error.issues[0]?.message ?? "another form";
      // A chain source and a token can hold a password; the value is not repeated.
      const shown = key === "chain" || key === "lsp-token" ? "" : ` ${JSON.stringify(found.text)}`;
      throw new ConfigError(found.code, `${found.origin}${shown} is not valid: expected ${expected}.`);
    }
    settings[key] = parsed.data;
  }
  return settings;
}

function lookUp(key: SettingKey, raw: RawSettings) {
  const flag = raw.flags[key];
  if (flag !== undefined) return { text: flag, origin: `--${key}`, code: "usage" as const };
  const variable = raw.env[environmentName(key)];
  if (variable !== undefined && variable !== "") {
    return { text: variable, origin: environmentName(key), code: "bad_config" as const };
  }
  const entry = raw.file?.values[key];
  if (entry !== undefined) return { text: entry, origin: `${key} in ${raw.file?.path}`, code: "bad_config" as const };
  return undefined;
}
