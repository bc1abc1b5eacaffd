/** What a role was started with, and what somebody who asks it from another process may say of that by flags. */
import { isDeepStrictEqual } from "node:util";
import { chainSourceSchema, defaultChain } from "../config/chain-source.ts";
import type { Held } from "../config/held.ts";
import { type SettingKey, settingOf } from "../config/settings.ts";
import { shownSettings, visible } from "../config/show.ts";
import type { Hello } from "../control/protocol.ts";
import type { Network, Role } from "../node/port.ts";
import { AppError } from "./app-error.ts";
import { defaultListen } from "./role-options.ts";

/** By key, as typed behind a flag; without secrets and without what is the asker's own. */
export function usedSettings(held: readonly Held[], role: Role, network: Network): Hello["settings"] {
  const chain = defaultChain(network);
  const otherwise: Partial<Record<SettingKey, string>> = {
    ...(chain?.kind === "esplora" && { chain: `esplora=${chain.url}` }),
    listen: defaultListen(role, network),
    alias: role,
    price: "live",
    "withdraw-offers": "true",
    "stable-carry-over": role === "lsp" ? "yes" : "no",
  };
  const rows = shownSettings(held).flatMap(({ key, value = otherwise[key] }): [string, string][] => {
    const { secret, asker } = settingOf(key);
    return value === undefined || secret || asker ? [] : [[key, value]];
  });
  return Object.fromEntries(rows);
}

/**
 * A running role does not change by what is said to somebody who asks it. Variables and config files hold for whatever is
 * started next and are nobody's mistake here; a flag was meant for this call.
 * @throws AppError `usage`, naming the first flag that says something else than holds
 */
export function refuseOtherSettings(held: readonly Held[], { settings, role, network, pid }: Hello): void {
  const other = held.find((one) => one.origin === "flag" && !settingOf(one.key).asker && !agrees(one, settings));
  if (other === undefined) return;
  const used = settings[other.key];
  const runs = `the ${role} on ${network} runs already (process ${pid}), ${used === undefined ? "without it" : `with ${used}`}`;
  const given = settingOf(other.key).value === undefined ? other.name : `${other.name} ${visible(other)}`;
  throw new AppError("usage", `${given} can't hold: ${runs}. Leave the flag out, or stop that process first.`);
}

function agrees(one: Held, settings: Hello["settings"]): boolean {
  const used = settings[one.key];
  if (used === undefined) return false;
  return isDeepStrictEqual(meantBy(one.key, visible(one)), meantBy(one.key, used));
}

/** The same thing can be typed in several ways, and a password may stand elsewhere. */
function meantBy(key: SettingKey, text: string): unknown {
  if (key !== "chain") return settingOf(key).schema.safeParse(text).data ?? text;
  const source = chainSourceSchema.safeParse(text).data;
  return source?.kind === "bitcoind" ? { ...source, password: "" } : (source ?? text);
}
