/** `peer-stables config init|show|path|check`. */
import { visible } from "../commands/text.ts";
import { unknownVariables } from "../config/environment.ts";
import type { RawSettings } from "../config/held.ts";
import { type Files, lookUp, refuseWrongFlags } from "../config/resolve.ts";
import { settingOf } from "../config/settings.ts";
import { shownSettings, shownText } from "../config/show.ts";
import { writeConfig } from "./write-config.ts";

export const configActions = [
  { name: "init", summary: "write a config file with every setting and what it does; never overwrites" },
  { name: "show", summary: "what holds of every setting, and where it came from" },
  { name: "path", summary: "which config file is read" },
  { name: "check", summary: "say everything that is wrong with flags, environment and config file" },
] as const;
export type ConfigAction = (typeof configActions)[number]["name"];

export interface ConfigRequest {
  action: ConfigAction;
  raw: RawSettings;
  /** The config file: the one named, or the person's own. */
  path: string;
  json: boolean;
}

/** What a command printed: an object for programs, and the same for people. */
interface Said {
  data: object;
  text: string;
  exit: number;
}

/**
 * @returns the exit code: 0, or 2 where something is wrong
 * @throws AppError as `writeConfig` does, where `init` can't write
 */
export function configCommand(request: ConfigRequest, files: Files, print: (text: string) => unknown): number {
  const { data, text, exit } = actions[request.action](request, files);
  print(request.json ? `${JSON.stringify(data)}\n` : text.split("\n").map(visible).join("\n"));
  return exit;
}

const actions: Readonly<Record<ConfigAction, (request: ConfigRequest, files: Files) => Said>> = {
  init({ path, raw }) {
    refuseWrongFlags(raw.flags);
    writeConfig(path, raw.flags);
    return { data: { path }, text: `Written: ${path}\n`, exit: 0 };
  },
  show({ raw, path }, files) {
    const { held, problems } = lookUp(raw, files);
    const settings = shownSettings(held);
    const wrong = problems.length === 0 ? "" : `\nNot all of it is right; peer-stables config check says what.\n`;
    const file = raw.file === undefined ? `${path} (not there)` : path;
    return {
      data: { path, ok: problems.length === 0, settings },
      text: `config file: ${file}\n\n${shownText(settings)}${wrong}`,
      exit: problems.length === 0 ? 0 : 2,
    };
  },
  path({ path, raw }) {
    const exists = raw.file !== undefined;
    return { data: { path, exists }, text: `${path}\n`, exit: 0 };
  },
  check({ raw, path }, files) {
    const { held, problems: ofSettings, warnings } = lookUp(raw, files);
    const problems = [...ofSettings, ...unknownVariables(raw.env)];
    const ok = problems.length === 0;
    const last = ok
      ? `${held.filter(({ key }) => !settingOf(key).once).length} settings, all right.`
      : `${problems.length} wrong.`;
    const where = raw.file === undefined ? `No config file at ${path}. ` : `${path}: `;
    const lines = [...problems.map(({ message }) => message), ...warnings, `${where}${last}`];
    return { data: { path, ok, problems, warnings }, text: `${lines.join("\n")}\n`, exit: ok ? 0 : 2 };
  },
};
