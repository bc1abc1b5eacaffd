/** Everything that can be set, in one table. Help, completions, the config file and the docs read the same one. */
import { z } from "zod";
import { chainSourceSchema } from "./chain-source.ts";
import { lspSettings } from "./lsp-settings.ts";
import { policySettings } from "./policy-settings.ts";
import { priceSchema, venuesSchema } from "./price-settings.ts";
import { providerSettings } from "./provider-settings.ts";
import { sinceSchema } from "./since.ts";

const boolean = z
  .enum(["true", "false", "1", "0", "yes", "no"], { error: "true or false" })
  .transform((text) => text === "true" || text === "1" || text === "yes");

const hostPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:@]+):\d{1,5}$/, { error: "HOST:PORT" })
  .refine((text) => Number(text.slice(text.lastIndexOf(":") + 1)) <= 65535, { error: "a port of at most 65535" });

/** Health and metrics are for this machine: whoever wants them elsewhere puts a proxy with a password before them. */
const loopback = hostPort
  .refine((text) => /^(127(\.\d{1,3}){3}|localhost|\[::1\]):/.test(text), {
    error: "HOST:PORT on loopback, e.g. 127.0.0.1:9740",
  })
  .transform((text) => {
    const colon = text.lastIndexOf(":");
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(text.slice(colon + 1)) };
  });

const webAddress = z.string().regex(/^https?:\/\/\S+$/, { error: "http://... or https://..." });

const positiveInteger = z
  .string()
  .regex(/^\d{1,9}$/, { error: "a whole number" })
  .transform(Number);

const path = z
  .string()
  .min(1, { error: "a path" })
  .refine((text) => text !== "~" && !text.startsWith("~/"), { error: "a path without ~, which only a shell expands" });

export interface Setting {
  /** What stands behind the flag in help; unset for a switch. */
  value?: string;
  summary: string;
  schema: z.ZodType<unknown, string>;
  /** What holds when nobody says otherwise, as it would be typed. */
  fallback?: string;
  /** The same where it can't be typed: in words. */
  otherwise?: string;
  /** Never a flag and never shown: environment, a config file that is its owner's alone, or the setting KEY-file. */
  secret?: true;
  /** Several may be given: the flag again, an array in the config file, or a text with this between them. */
  many?: "," | "\n";
  /** About one start only, so not for a config file. */
  once?: true;
  /** About the process that asks or shows: it may be another than that of the role, which runs on as it is. */
  asker?: true;
}

export const settingTable = {
  role: {
    value: "user|lsp|exchange",
    summary: "which of the three this process is",
    schema: z.enum(["user", "lsp", "exchange"], { error: "user, lsp or exchange" }),
    asker: true,
  },
  network: {
    value: "regtest|mutinynet|signet|testnet|bitcoin",
    summary: "the network; bitcoin is real money and must be named",
    schema: z.enum(["regtest", "mutinynet", "signet", "testnet", "bitcoin"], {
      error: "regtest, mutinynet, signet, testnet or bitcoin (the name of mainnet)",
    }),
    fallback: "mutinynet",
    asker: true,
  },
  chain: {
    value: "SOURCE",
    summary: "esplora=URL, electrum=URL or bitcoind=http://user:pass@host:port",
    schema: chainSourceSchema,
    otherwise: "a public Esplora server of the network; none on regtest",
  },
  "chain-password": {
    value: "PASSWORD",
    summary: "of the bitcoind, where --chain names only its user",
    schema: z.string().min(1, { error: "a password" }),
    secret: true,
  },
  "chain-password-file": { value: "FILE", summary: "a file that holds chain-password", schema: path },
  "rgs-url": {
    value: "URL",
    summary: "where gossip comes from as a snapshot (rapid gossip sync)",
    schema: webAddress,
    otherwise: "gossip comes from peers",
  },
  "scores-url": {
    value: "URL",
    summary: "where scores of paths come from, to find routes by",
    schema: webAddress,
    otherwise: "only what this node learns itself",
  },
  script: {
    value: "FILE",
    summary: "run a script headless; - is standard input",
    schema: path,
    once: true,
    asker: true,
  },
  json: { summary: "one JSON object a line on standard output", schema: boolean, asker: true },
  "passphrase-file": {
    value: "FILE",
    summary: "whose first line opens the seed; or PEER_STABLES_PASSPHRASE in the environment, or the prompt",
    schema: path,
    asker: true,
  },
  "words-file": {
    value: "FILE",
    summary: "the words of a seed, for keys restore; else the terminal asks for them",
    schema: path,
    once: true,
  },
  since: {
    value: "DATE|HEIGHT",
    summary: "when the words were made, for keys restore with bitcoind: 2026-01-31, or a block's height",
    schema: sinceSchema,
    otherwise: "the whole chain is read",
    once: true,
  },
  words: {
    value: "12|24",
    summary: "how many words keys new makes",
    schema: z.enum(["12", "24"], { error: "12 or 24" }).transform((text) => (text === "12" ? 12 : 24)),
    fallback: "24",
    once: true,
  },
  "data-dir": {
    value: "DIR",
    summary: "where everything is kept",
    schema: path,
    otherwise: "the platform's data folder",
    asker: true,
  },
  config: {
    value: "FILE",
    summary: "a TOML file with these settings",
    schema: path,
    otherwise: "the one that config path names",
    once: true,
    asker: true,
  },
  listen: {
    value: "HOST:PORT",
    summary: "where peers reach this node",
    schema: hostPort,
    otherwise: "0.0.0.0 (regtest: 127.0.0.1), port 9735 exchange, 9736 user, 9737 lsp",
  },
  ...lspSettings,
  "lsp-token-file": { value: "FILE", summary: "a file that holds lsp-token", schema: path },
  alias: {
    value: "NAME",
    summary: "the node's public name",
    schema: z.string().refine((s) => s.length > 0 && Buffer.byteLength(s) <= 32, { error: "1 to 32 bytes" }),
    otherwise: "the role's name",
  },
  "log-level": {
    value: "error|warn|info|debug|trace",
    summary: "how much goes into the node's log file",
    schema: z.enum(["error", "warn", "info", "debug", "trace"], { error: "error, warn, info, debug or trace" }),
    fallback: "debug",
  },
  price: {
    value: "SOURCE",
    summary: "live, fixed=USD, scenario=NAME or file=CSV",
    schema: priceSchema,
    otherwise: "live; in the demo scenario=calm",
  },
  "price-venue": {
    value: "FIELDS",
    summary: "a further dollar venue: name=N url=URL last=PATH [bid= ask= time= unit= time_unit=]",
    schema: venuesSchema,
    many: "\n",
  },
  speed: { value: "N", summary: "scenario seconds per real second", schema: positiveInteger },
  seed: { value: "N", summary: "seed of the scenario's randomness", schema: positiveInteger },
  ...providerSettings,
  terms: {
    value: "default|stable-channels",
    summary: "the terms proposed for a stable channel",
    schema: z.enum(["default", "stable-channels"], { error: "default or stable-channels" }),
    fallback: "default",
  },
  ...policySettings,
  headless: { summary: "run the role as a service: no screen, a log, and others attach to it", schema: boolean },
  "log-file": {
    value: "FILE",
    summary: "headless: the log, else service.log in the role's folder; - is standard output",
    schema: z.string().min(1),
  },
  metrics: {
    value: "HOST:PORT",
    summary: "headless: /health and Prometheus /metrics, on loopback only; off unless set",
    schema: loopback,
  },
  yes: { summary: "no confirmations", schema: boolean, asker: true },
  plain: { summary: "line by line instead of the dashboard, as screen readers need it", schema: boolean, asker: true },
  theme: {
    value: "dark|light|contrast|plain",
    summary: "the dashboard's colours",
    schema: z.enum(["dark", "light", "contrast", "plain"], { error: "dark, light, contrast or plain" }),
    asker: true,
  },
  alerts: {
    value: "off|bell|notify",
    summary: "tell of a drift, thin cover, a peer that is gone or a price on hold: by bell or by the terminal's notice",
    schema: z.enum(["off", "bell", "notify"], { error: "off, bell or notify" }),
    fallback: "off",
    asker: true,
  },
  mouse: {
    summary:
      "clicks choose tabs, panes and rows, the wheel scrolls; the terminal then selects text with shift held only",
    schema: boolean,
    asker: true,
  },
  "no-color": { summary: "no colours (NO_COLOR too)", schema: boolean, asker: true },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof settingTable;
type SettingValue<K extends SettingKey> = z.output<(typeof settingTable)[K]["schema"]>;
export type Settings = { [K in SettingKey]?: SettingValue<K> };

/** Settings still as text, in the form a flag has. */
export type Values = Partial<Record<SettingKey, string | undefined>>;

export const settingKeys = Object.keys(settingTable).filter((key): key is SettingKey => key in settingTable);

/** The row of a setting, with every column there may be. */
export function settingOf(key: SettingKey): Setting {
  return settingTable[key];
}

export function environmentName(key: SettingKey): string {
  return `PEER_STABLES_${key.toUpperCase().replaceAll("-", "_")}`;
}
