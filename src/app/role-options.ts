import { policyOf, termsOf } from "../config/policy-settings.ts";
import { lspPolicyOf } from "../config/provider-settings.ts";
import type { Settings } from "../config/settings.ts";
import type { Network, Role } from "../node/port.ts";
import { termsPresets } from "../stable/terms.ts";
import type { SessionOptions } from "./session.ts";

export const defaultNetwork: Network = "mutinynet";

/** Where each role listens unless told otherwise. */
export const defaultPorts: Readonly<Record<Role, number>> = { exchange: 9735, user: 9736, lsp: 9737 };

/** On regtest everything is on this machine; elsewhere peers come from outside. */
export function defaultListen(role: Role, network: Network): string {
  return `${network === "regtest" ? "127.0.0.1" : "0.0.0.0"}:${defaultPorts[role]}`;
}

/** What a role's options are by its settings alone, the same in the demo and in a process of its own. */
export function roleOptions(
  role: Role,
  network: Network,
  settings: Settings,
): Pick<
  SessionOptions,
  "role" | "network" | "alias" | "logLevel" | "terms" | "policy" | "lspPolicy" | "rgsUrl" | "scoresUrl"
> {
  const { "rgs-url": rgsUrl, "scores-url": scoresUrl } = settings;
  return {
    role,
    network,
    alias: settings.alias ?? role,
    logLevel: settings["log-level"] ?? "debug",
    terms: termsOf(termsPresets[settings.terms ?? "default"], settings),
    policy: policyOf(settings, role),
    ...(rgsUrl === undefined ? {} : { rgsUrl }),
    ...(scoresUrl === undefined ? {} : { scoresUrl }),
    ...(role === "lsp" ? { lspPolicy: lspPolicyOf(settings) } : {}),
  };
}
