/** What holds of every setting and where it came from, with secrets left out. */
import { type Held, holdsSecret } from "./held.ts";
import { type SettingKey, settingKeys, settingOf } from "./settings.ts";

export interface Shown {
  key: SettingKey;
  /** As it would be typed; unset where there is neither a value nor a default that can be typed. */
  value?: string;
  /** What holds by itself, in words. */
  otherwise?: string;
  origin: Held["origin"] | "default" | "unset";
  /** The flag, the variable, or the key and its file; unset for a default. */
  from?: string;
}

const HIDDEN = "(hidden)";

export function shownSettings(held: readonly Held[]): Shown[] {
  return settingKeys.map((key): Shown => {
    const one = held.find((given) => given.key === key);
    if (one !== undefined) return { key, value: visible(one), origin: one.origin, from: one.name };
    const { fallback, otherwise } = settingOf(key);
    if (fallback !== undefined) return { key, value: fallback, origin: "default" };
    return { key, origin: otherwise === undefined ? "unset" : "default", ...(otherwise && { otherwise }) };
  });
}

/** A chain source keeps all but its password. */
export function visible(one: Held): string {
  if (!holdsSecret(one)) return one.text;
  return one.key === "chain"
    ? one.text.replace(/:[^:@/]*@[^@]*$/, (end) => `:${HIDDEN}${end.slice(end.lastIndexOf("@"))}`)
    : HIDDEN;
}

/** A line each, for people. */
export function shownText(rows: readonly Shown[]): string {
  const width = Math.max(...rows.map(({ key }) => key.length));
  return rows
    .map(({ key, value, otherwise, origin, from }) => {
      const said = value ?? otherwise ?? "-";
      const where = from ?? (origin === "unset" ? "" : "default");
      return `${key.padEnd(width)}  ${said}${where === "" ? "" : `  (${where})`}\n`;
    })
    .join("");
}
