/** Variables of the environment beside those of the settings, and names that look like ours and are none. */
import { nearest } from "../commands/nearest.ts";
import type { Problem } from "./problem.ts";
import { environmentName, settingKeys } from "./settings.ts";

const PREFIX = "PEER_STABLES_";

export const otherVariables = [
  { name: "PEER_STABLES_LIBRARY", summary: "the native library to load, instead of the built or installed one" },
  { name: "PEER_STABLES_FFI_TRACE", summary: "a file that every call of the native library is written to" },
  { name: "PEER_STABLES_DEBUG_PANIC", summary: "1: the native library has a request that fails on purpose, for tests" },
  { name: "PEER_STABLES_PASSPHRASE", summary: "opens the seed" },
  { name: "NO_COLOR", summary: "set to anything: no colours" },
  { name: "XDG_CONFIG_HOME", summary: "where the config file's folder lies" },
  { name: "XDG_DATA_HOME", summary: "where the data folder lies" },
] as const;

/** A variable that was meant for us and reaches nobody. */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): Problem[] {
  const known = [...settingKeys.map(environmentName), ...otherVariables.map(({ name }) => name)];
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => {
      const close = nearest(name, known);
      const hint = close === undefined ? "man peer-stables lists them" : `did you mean ${close}?`;
      return { code: "bad_config", message: `${name} in the environment is no variable of peer-stables; ${hint}` };
    });
}
