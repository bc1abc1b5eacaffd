/** A new config file, its owner's alone. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { configText } from "../config/config-text.ts";
import type { Values } from "../config/settings.ts";
import { reasonOf } from "../errors.ts";
import { AppError } from "./app-error.ts";

/** @throws AppError `conflict` where there is one already, `bad_config` where it can't be written; nothing is ever overwritten */
export function writeConfig(path: string, values: Values): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, configText(values), { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") {
      throw new AppError("conflict", `${path} is there already and was left as it is; name another with --config.`);
    }
    throw new AppError("bad_config", `${path} cannot be written (${reasonOf(cause)}); name another with --config.`, {
      cause,
    });
  }
}
