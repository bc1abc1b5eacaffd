/** The TOML file of settings. */
import { nearest } from "../commands/nearest.ts";
import { reasonOf } from "../errors.ts";
import { ConfigError } from "./config-error.ts";
import type { RawSettings } from "./resolve.ts";
import { type SettingKey, settingKeys } from "./settings.ts";

/** @throws ConfigError `bad_config` */
export function readConfigFile(path: string | undefined, readFile: (path: string) => string): RawSettings["file"] {
  if (path === undefined) return undefined;
  let table: unknown;
  try {
    table = Bun.TOML.parse(readFile(path));
  } catch (cause) {
    throw new ConfigError("bad_config", `The config file ${path} cannot be read as TOML: ${reasonOf(cause)}`, {
      cause,
    });
  }
  const values: Partial<Record<SettingKey, string>> = {};
  for (const [key, value] of Object.entries(table ?? {})) {
    const known = settingKeys.find((name) => name === key);
    if (known === undefined || known === "config" || !["string", "number", "boolean"].includes(typeof value)) {
      const close = nearest(key, settingKeys);
      throw new ConfigError(
        "bad_config",
        `${path}: ${JSON.stringify(key)} is not a setting${close === undefined ? "" : `; did you mean ${close}?`}`,
      );
    }
    values[known] = String(value);
  }
  return { path, values };
}
