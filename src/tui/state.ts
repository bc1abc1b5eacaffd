/** All that the screen is a function of. */
import type { View } from "../commands/view.ts";
import type { Role } from "../node/port.ts";
import { type Editor, emptyEditor } from "./editor.ts";
import type { Tone } from "./line.ts";
import type { Setting } from "./port.ts";
import type {
  Agreement,
  AuditLine,
  Balance,
  Channel,
  Closing,
  Forward,
  Income,
  LogLine,
  NodeInfo,
  Payment,
  Peer,
  PriceReading,
  Wish,
} from "./readings.ts";
import type { Seen } from "./seen.ts";
import type { ThemeName } from "./theme.ts";

export const paneNames = ["overview", "channels", "payments", "peers", "forwards", "log", "audit"] as const;
export type PaneName = (typeof paneNames)[number];

/** The next pane, or with -1 the one before; around at the ends. */
export function besidePane(pane: PaneName, step: 1 | -1): PaneName {
  return paneNames[(paneNames.indexOf(pane) + step + paneNames.length) % paneNames.length] ?? "overview";
}

export interface RoleState {
  /** Why nothing can be read of it; undefined while it answers. */
  down: string | undefined;
  info: NodeInfo | undefined;
  balance: Balance | undefined;
  channels: readonly Channel[];
  closing: readonly Closing[];
  agreements: readonly Agreement[];
  /** Of the user. */
  wishes: readonly Wish[];
  payments: readonly Payment[];
  peers: readonly Peer[];
  forwards: readonly Forward[];
  /** Of the LSP. */
  income: Income | undefined;
  /** By agreement id, from a cent on. */
  owing: Readonly<Record<string, Owing>>;
  log: readonly LogLine[];
  audit: readonly AuditLine[];
}

export interface Owing {
  /** We owe the peer, or it owes us. */
  weOwe: boolean;
  /** When it was seen first, wall clock, unix milliseconds. */
  since: number;
}

export interface Activity {
  /** Wall clock, unix milliseconds. */
  at: number;
  role: Role;
  text: string;
  tone: Tone;
  /** Another role here tells the same. */
  echo: boolean;
}

export interface Output {
  line: string;
  /** `running` until it is known how it ended. */
  status: "running" | "done" | "failed";
  rows: readonly string[];
  scroll: number;
  /** An address, invoice or offer in the result, for copying and the QR code. */
  copy: string | undefined;
}

export type Overlay =
  | { kind: "help"; scroll: number }
  | { kind: "palette"; text: string; chosen: number }
  | { kind: "detail"; title: string; view: View; scroll: number; copy: string | undefined }
  | { kind: "qr"; text: string }
  | { kind: "confirm"; line: string; rows: readonly string[] }
  | { kind: "leave" };

export interface Toast {
  text: string;
  tone: Tone;
  /** Steady milliseconds. */
  until: number;
}

export interface ListState {
  chosen: number;
  filter: string;
  sort: number;
  /** Newest or largest first. */
  reverse: boolean;
}

/** A point of a chart: steady milliseconds and what was read. */
export interface Point {
  at: number;
  value: number;
}

export interface State {
  setting: Setting;
  size: { columns: number; rows: number };
  theme: ThemeName;
  phase: "starting" | "running" | "leaving";
  /** Index into `tabs`. */
  tab: number;
  pane: PaneName;
  focus: "screen" | "line" | "filter" | "search";
  editor: Editor;
  history: readonly string[];
  searching: { text: string; skip: number };
  list: ListState;
  overlay: Overlay | undefined;
  output: Output | undefined;
  /** Addresses, invoices and offers of results so far, newest last: what could be typed next. */
  seen: readonly Seen[];
  toasts: readonly Toast[];
  roles: Readonly<Record<Role, RoleState>>;
  price: PriceReading | undefined;
  /** When the shown price was read first, steady milliseconds. */
  priceAt: number;
  prices: readonly Point[];
  /** By agreement id, as its receiver sees it where that one is here. */
  drifts: Readonly<Record<string, readonly Point[]>>;
  activity: readonly Activity[];
  /** Index into `ranges`. */
  range: number;
  /** A step of the tour is under way. */
  touring: boolean;
  /** The last money that moved between two roles here: drawn for a moment. */
  flow: { from: Role; to: Role; msat: bigint; until: number } | undefined;
  nowMs: number;
  wallMs: number;
}

export type Tab = Role | "all";

/** What the number keys choose; one role alone has no other. */
export function tabsOf({ roles }: Setting): readonly Tab[] {
  return roles.length > 1 ? ["all", ...roles] : roles;
}

export function tabOf(state: State): Tab {
  const tabs = tabsOf(state.setting);
  return tabs[state.tab] ?? tabs[0] ?? "all";
}

/** The roles that the chosen tab is about. */
export function rolesShown(state: State): readonly Role[] {
  const tab = tabOf(state);
  return tab === "all" ? state.setting.roles : [tab];
}

/** Spans of the charts in seconds. */
export const ranges = [60, 300, 1800, 7200] as const;

const unread: RoleState = {
  down: undefined,
  info: undefined,
  balance: undefined,
  channels: [],
  closing: [],
  agreements: [],
  wishes: [],
  payments: [],
  peers: [],
  forwards: [],
  income: undefined,
  owing: {},
  log: [],
  audit: [],
};

export const freshList: ListState = { chosen: 0, filter: "", sort: -1, reverse: false };

export function initialState(
  setting: Setting,
  start: { theme: ThemeName; history: readonly string[]; size: State["size"]; nowMs: number; wallMs: number },
): State {
  return {
    setting,
    ...start,
    phase: "starting",
    tab: 0,
    pane: "overview",
    focus: "screen",
    editor: emptyEditor,
    searching: { text: "", skip: 0 },
    list: freshList,
    overlay: undefined,
    output: undefined,
    seen: [],
    toasts: [],
    roles: { exchange: unread, user: unread, lsp: unread },
    price: undefined,
    priceAt: start.nowMs,
    prices: [],
    drifts: {},
    activity: [],
    range: setting.demo ? 0 : 1,
    touring: false,
    flow: undefined,
  };
}
