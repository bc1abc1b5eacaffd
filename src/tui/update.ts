/** One event after another into the state, and what has to be done about it outside. Pure. */
import type { JsonObject } from "../commands/view.ts";
import type { Role } from "../node/port.ts";
import { ends, type Happening, happenings } from "./activity.ts";
import { owingNow } from "./debts.ts";
import type { Press } from "./decode-keys.ts";
import type { MousePress } from "./decode-mouse.ts";
import { type Editor, insert } from "./editor.ts";
import type { Tone } from "./line.ts";
import { mousePress } from "./mouse.ts";
import { nameOf, roleOf } from "./names.ts";
import { live } from "./peg.ts";
import type { Ran } from "./port.ts";
import { press, submit } from "./press.ts";
import type { PriceReading } from "./readings.ts";
import { seenWith } from "./seen.ts";
import { grown } from "./series.ts";
import type { RoleState, State } from "./state.ts";
import { type Effect, only, type Step, toasted } from "./step.ts";

export type Event =
  | { type: "press"; presses: readonly (Press | MousePress)[] }
  | { type: "paste"; text: string }
  /** A whole line, from where there are no keys. */
  | { type: "line"; text: string }
  | { type: "resize"; columns: number; rows: number }
  | { type: "clock"; nowMs: number; wallMs: number }
  | { type: "up" }
  | { type: "leaving" }
  | { type: "read"; role: Role; parts: Partial<RoleState> }
  | { type: "down"; role: Role; reason: string }
  | { type: "price"; price: PriceReading }
  | { type: "running"; line: string }
  | { type: "ran"; line: string; ran: Ran; rows: readonly string[] }
  /** A line of the tour that is done: nothing of it is shown. */
  | { type: "result"; line: string; result: JsonObject }
  /** @property failure the line that failed, and what it said; it stays on the screen until it is closed */
  | { type: "toured"; failure: { line: string; rows: readonly string[] } | undefined }
  | { type: "toast"; text: string; tone: Tone };

const FLOW_MS = 2_500;
const MOST_ACTIVITY = 200;

export function update(state: State, event: Event): Step {
  switch (event.type) {
    case "press":
      return presses(state, event.presses);
    case "paste":
      return only(pasted(state, event.text));
    case "line":
      return submit(state, event.text);
    case "resize":
      return only({ ...state, size: { columns: event.columns, rows: event.rows } });
    case "clock":
      return only(aged({ ...state, nowMs: event.nowMs, wallMs: event.wallMs }));
    case "up":
      return only({ ...state, phase: "running" });
    case "leaving":
      return only({ ...state, phase: "leaving", overlay: undefined });
    case "read":
      return only(read(state, event.role, event.parts));
    case "down":
      return only(withRole(state, event.role, { ...state.roles[event.role], down: event.reason }));
    case "price":
      return only(priced(state, event.price));
    case "running":
      return only({ ...state, output: { line: event.line, status: "running", rows: [], scroll: 0, copy: undefined } });
    case "ran":
      return ran(state, event);
    case "result":
      return only({ ...state, seen: seenWith(state.seen, event.line, event.result) });
    case "toured": {
      const done = { ...state, touring: false };
      if (event.failure === undefined) return only(done);
      return only({ ...done, output: { ...event.failure, status: "failed", scroll: 0, copy: undefined } });
    }
    case "toast":
      return only(toasted(state, event.text, event.tone));
  }
}

function presses(first: State, list: readonly (Press | MousePress)[]): Step {
  let state = first;
  const effects: Effect[] = [];
  for (const one of list) {
    const step = one.kind === "mouse" ? mousePress(state, one) : press(state, one);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

function pasted(state: State, text: string): State {
  if (state.focus === "filter")
    return { ...state, list: { ...state.list, filter: state.list.filter + text.trim(), chosen: 0 } };
  if (state.overlay !== undefined && state.overlay.kind !== "help") return state;
  const editor: Editor = insert(state.editor, text.trim());
  return { ...state, overlay: undefined, focus: "line", editor };
}

/** What is over by now is gone; unchanged where nothing is. */
function aged(state: State): State {
  const toasts = state.toasts.filter((toast) => toast.until > state.nowMs);
  const flow = state.flow !== undefined && state.flow.until > state.nowMs ? state.flow : undefined;
  if (toasts.length === state.toasts.length && flow === state.flow) return state;
  return { ...state, toasts, flow };
}

function withRole(state: State, role: Role, own: RoleState): State {
  return { ...state, roles: { ...state.roles, [role]: own } };
}

function read(state: State, role: Role, parts: Partial<RoleState>): State {
  const before = state.roles[role];
  const merged: RoleState = { ...before, ...parts, down: undefined };
  const after = parts.agreements === undefined ? merged : { ...merged, owing: owingNow(before, merged, state.wallMs) };
  const next = drifted(withRole(state, role, after), role);
  const around = {
    nameOf: (nodeId: string) => nameOf(next, nodeId),
    isHere: (nodeId: string) => roleOf(next, nodeId) !== undefined,
  };
  const news: readonly Happening[] =
    before.down === undefined ? happenings(before, after, around) : [{ text: "is up again", tone: "good" } as const];
  return news.reduce((now, one) => told(now, role, one), next);
}

function told(state: State, role: Role, { text, tone, settled, echo }: Happening): State {
  const activity = [...state.activity, { at: state.wallMs, role, text, tone, echo: echo ?? false }].slice(
    -MOST_ACTIVITY,
  );
  if (settled === undefined) return { ...state, activity };
  const between = ends(settled, role, roleOf(state, settled.agreement.counterparty));
  if (between === undefined) return { ...state, activity };
  const size = settled.msat < 0n ? -settled.msat : settled.msat;
  return { ...state, activity, flow: { ...between, msat: size, until: state.nowMs + FLOW_MS } };
}

/** The receiver's view of a drift; a provider's only where the receiver is elsewhere. What has ended is forgotten. */
function drifted(state: State, role: Role): State {
  const alive = new Set(Object.values(state.roles).flatMap((one) => live(one).map(({ agreement_id: id }) => id)));
  const gone = Object.keys(state.drifts).some((id) => !alive.has(id));
  let drifts = gone ? Object.fromEntries(Object.entries(state.drifts).filter(([id]) => alive.has(id))) : state.drifts;
  for (const one of state.roles[role].agreements) {
    const told = one.role === "receiver" || roleOf(state, one.counterparty) === undefined;
    if (!told || one.drift_bps === null || one.status === "ended") continue;
    const points = drifts[one.agreement_id] ?? [];
    const next = grown(points, state.nowMs, one.drift_bps);
    if (next !== points) drifts = { ...drifts, [one.agreement_id]: next };
  }
  return drifts === state.drifts ? state : { ...state, drifts };
}

function priced(state: State, price: PriceReading): State {
  const was = state.price;
  const moved = was?.price_usd !== price.price_usd || was?.status !== price.status;
  const prices = price.price_usd === null ? state.prices : grown(state.prices, state.nowMs, Number(price.price_usd));
  const next = { ...state, price, prices, priceAt: moved ? state.nowMs : state.priceAt };
  if (was === undefined || was.status === price.status) return next;
  const why = price.reason === null ? "" : `: ${price.reason}`;
  return price.status === "ok"
    ? toasted(next, "The price is good again", "good")
    : toasted(next, `Price ${price.status}${why}`, "warn");
}

/** What of a result one would want to copy or to show to a camera. */
const COPIED = ["invoice", "offer", "address", "txid", "payment_hash", "node_id", "agreement_id", "channel_id"];

export function copyOf(result: JsonObject): string | undefined {
  for (const name of COPIED) {
    const value = result[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

function ran(state: State, { line, ran: one, rows }: Extract<Event, { type: "ran" }>): Step {
  if (one.ok && one.quit) return { state, effects: [{ type: "leave" }] };
  const copy = one.ok ? copyOf(one.result) : undefined;
  const status = one.ok ? "done" : "failed";
  const seen = one.ok ? seenWith(state.seen, line, one.result) : state.seen;
  return { state: { ...state, seen, output: { line, status, rows, scroll: 0, copy } }, effects: [{ type: "refresh" }] };
}
