/** Where a person's own config file lies. */
import { existsSync } from "node:fs";
import { homedir, platform } from "node:os";
import { join } from "node:path";
import { platformDataRoot } from "./data-folders.ts";

type Env = Readonly<Record<string, string | undefined>>;

const NAME = "config.toml";

/**
 * Read where no other is named: in the platform's folder for configuration (XDG on Linux, Application Support on
 * macOS), or in the data folder, where version 0.1.0 wrote it, if it is only there.
 */
export function ownConfig(env: Env): string {
  const xdg = env["XDG_CONFIG_HOME"];
  const base = xdg?.startsWith("/") ? xdg : join(homedir(), ".config");
  const older = join(platformDataRoot(env), NAME);
  const path = platform() === "darwin" ? older : join(base, "peer-stables", NAME);
  return !existsSync(path) && existsSync(older) ? older : path;
}

/** The config file this run reads, if it reads one. */
export function configInUse(settings: { config?: string }, env: Env): string | undefined {
  if (settings.config !== undefined) return settings.config;
  const own = ownConfig(env);
  return existsSync(own) ? own : undefined;
}
