/** The config file that `config init` and the first start write: every setting with what it does, unset ones commented out. */
import { fileKeys } from "./config-file.ts";
import { type SettingKey, settingOf, type Values } from "./settings.ts";

const head = `# Settings of peer-stables. A flag goes before the environment (PEER_STABLES_<KEY>), that before this file.
# What holds for one role alone stands at the end, below [user], [lsp] or [exchange].
`;

/** @param values what is set from the start, by key */
export function configText(values: Values): string {
  return [head, ...fileKeys.map((key) => entry(key, values[key]))].join("\n");
}

function entry(key: SettingKey, text: string | undefined): string {
  const { summary, value, fallback, otherwise, secret } = settingOf(key);
  const takes = value?.includes("|") ? `: ${value.replaceAll("|", ", ")}` : "";
  const unset = fallback ?? otherwise;
  const known = `${summary}${takes}${secret ? "; chmod 600 this file" : ""}${unset === undefined ? "" : `. Else: ${unset}`}`;
  const line =
    text === undefined
      ? `# ${key} = ${fallback === undefined ? shape(key) : literal(key, fallback)}`
      : `${key} = ${literal(key, text)}`;
  return `# ${known}\n${line}\n`;
}

/** An array of texts, or the form a flag takes in quotes, for whoever fills it in. */
function shape(key: SettingKey): string {
  const { value, many } = settingOf(key);
  if (value === undefined) return "true";
  return many === undefined ? JSON.stringify(value.split("|")[0]) : `[${JSON.stringify(value)}]`;
}

/** A value as TOML: a basic string is JSON's but for DEL, which TOML wants escaped too. */
function literal(key: SettingKey, text: string): string {
  const { value, many } = settingOf(key);
  const string = (one: string) => JSON.stringify(one).replaceAll("\u007f", "\\u007f");
  if (value === undefined) return String(settingOf(key).schema.parse(text));
  if (many !== undefined)
    return `[${text
      .split(many)
      .map((part) => string(part.trim()))
      .join(", ")}]`;
  return /^(0|[1-9]\d{0,14})$/.test(text) ? text : string(text);
}
