/** What the word at the cursor could become, and what the command still wants. From the command table and the state. */
import type { ArgumentSpec, Completes } from "../commands/arguments.ts";
import { usageOf } from "../commands/bind.ts";
import { commandAt, commands, findCommand, secondWords } from "../commands/table.ts";
import type { Role } from "../node/port.ts";
import { dollars, shortSats } from "./money-text.ts";
import { nameOf } from "./names.ts";
import type { Seen } from "./seen.ts";
import { rolesShown, type State, tabOf } from "./state.ts";

export interface Option {
  word: string;
  note: string;
}

export interface Completion {
  /** Where the word begins. */
  from: number;
  options: readonly Option[];
}

interface Place {
  /** Offset of the word at the cursor. */
  from: number;
  word: string;
  role: Role | undefined;
  /** What the line begins with, once that is whole. */
  head: string | undefined;
  /** Words between the head and the one at the cursor. */
  before: readonly string[];
}

function placeOf(text: string, state: State): Place {
  const slash = /^\s*\/?/.exec(text)?.[0].length ?? 0;
  const words = text.slice(slash).split(/\s+/);
  const word = words.at(-1) ?? "";
  const done = words.slice(0, -1).filter((one) => one !== "");
  const role = state.setting.roles.find((one) => one === done[0]?.toLowerCase());
  const rest = role === undefined ? done : done.slice(1);
  const taken = commandAt(rest.map((one) => one.toLowerCase()))?.taken ?? 1;
  const head = rest.length === 0 ? undefined : rest.slice(0, taken).join(" ").toLowerCase();
  return { from: text.length - word.length, word, role, head, before: rest.slice(taken) };
}

function headOptions(state: State, role: Role | undefined): Option[] {
  const able = role === undefined ? rolesAble(state) : [role];
  const own = commands
    .filter((command) => command.roles.some((one) => able.includes(one)))
    .flatMap((command) => [command.name, ...command.aliases].map((word) => ({ word, note: command.summary })));
  if (role !== undefined) return own;
  const { roles, verbs } = state.setting;
  const named = roles.length > 1 ? roles.map((word) => ({ word, note: `a command of the ${word}` })) : [];
  return [...named, ...own, ...verbs.map(({ name, summary }) => ({ word: name, note: summary }))];
}

/** In a tab of one role its commands need no name in front. */
function rolesAble(state: State): readonly Role[] {
  const tab = tabOf(state);
  return tab === "all" ? state.setting.roles : [tab];
}

export function argumentsOf(head: string, state: State): { name: string; args: readonly ArgumentSpec[] } | undefined {
  const found = findCommand(head);
  if (found !== undefined) return { name: found.name, args: found.arguments };
  const verb = state.setting.verbs.find((one) => one.name === head);
  return verb === undefined ? undefined : { name: verb.name, args: verb.arguments };
}

/** The argument that the word at the cursor stands for. */
function argumentAt(args: readonly ArgumentSpec[], before: readonly string[], word: string): ArgumentSpec | undefined {
  const open = args.filter((arg) => arg.place === "positional" || arg.place === "rest");
  let waiting: ArgumentSpec | undefined;
  for (const given of before) {
    if (waiting !== undefined) waiting = undefined;
    else if (given.startsWith("--")) waiting = args.find((arg) => arg.place === "flag" && arg.label === given);
    else if (open[0]?.place !== "rest") open.shift();
  }
  return waiting ?? (word.startsWith("--") ? undefined : open[0]);
}

type Lister = (state: State, roles: readonly Role[]) => Option[];

/** Newest first: what a result named is what one goes on with. */
const seenAs =
  (...kinds: readonly Seen["kind"][]): Lister =>
  ({ seen }) =>
    seen
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ kind, text, line }) => ({ word: text, note: `${kind} of ${line}` }))
      .toReversed();

const listers: Readonly<Record<Completes, Lister>> = {
  address: seenAs("address"),
  invoice: seenAs("invoice", "jit invoice"),
  offer: seenAs("offer"),
  choice: () => [],
  command: (state) => headOptions(state, undefined).filter(({ word }) => !state.setting.roles.some((r) => r === word)),
  role: (state) => state.setting.roles.map((word) => ({ word, note: "role" })),
  scenario: (state) => state.setting.scenarios.map((word) => ({ word, note: "scenario" })),
  agreement: (state, roles) =>
    roles.flatMap((role) =>
      state.roles[role].agreements
        .filter((one) => one.status !== "ended")
        .map((one) => ({ word: one.agreement_id.slice(0, 12), note: `${dollars(one.target_usd)}, ${one.status}` })),
    ),
  channel: (state, roles) => {
    const own = roles.flatMap((role) =>
      state.roles[role].channels.map((one) => ({
        word: one.channel_id.slice(0, 12),
        note: `${nameOf(state, one.counterparty)}, ${shortSats(one.capacity_sat)}`,
      })),
    );
    return own.length === 0 ? [] : [{ word: "last", note: "the newest channel" }, ...own];
  },
  peer: (state, roles) =>
    roles.flatMap((role) =>
      state.roles[role].peers.map((one) => ({ word: one.node_id, note: nameOf(state, one.node_id) })),
    ),
  node: (state, roles) =>
    roles.flatMap((role) =>
      state.roles[role].peers.map((one) => ({
        word: `${one.node_id}@${one.address}`,
        note: nameOf(state, one.node_id),
      })),
    ),
};

function argumentOptions({ head = "", before, role, word }: Place, state: State): Option[] {
  const able = role === undefined ? rolesAble(state) : [role];
  const seconds = (before.length > 0 ? [] : secondWords(head))
    .filter(({ command }) => command.roles.some((one) => able.includes(one)))
    .map(({ word, command }) => ({ word, note: command.summary }));
  const action = argumentsOf(head, state);
  if (action === undefined) return seconds;
  const flags = action.args
    .filter((arg) => (arg.place === "flag" || arg.place === "switch") && !before.includes(arg.label))
    .map((arg) => ({ word: arg.label, note: arg.summary }));
  const arg = argumentAt(action.args, before, word);
  if (arg === undefined) return [...seconds, ...flags];
  const words = (arg.choices ?? []).map((one) => ({ word: one, note: arg.summary }));
  const known =
    arg.completes === undefined ? [] : listers[arg.completes](state, role === undefined ? rolesShown(state) : [role]);
  return [...new Map([...seconds, ...words, ...known, ...flags].map((one) => [one.word, one])).values()];
}

/** For the text up to the cursor. */
export function complete(text: string, state: State): Completion {
  const place = placeOf(text, state);
  const all = place.head === undefined ? headOptions(state, place.role) : argumentOptions(place, state);
  const wanted = place.word.toLowerCase();
  const options = all.filter(({ word }) => word.toLowerCase().startsWith(wanted));
  return { from: place.from, options };
}

/** Beyond this nobody types on to tell two apart. */
const TYPED_BY_NOBODY = 40;

/**
 * What tab does: the common beginning of all options, with a blank behind the only one. Of invoices and the like, which
 * nobody types, the newest, once their common beginning is there.
 */
export function completed(text: string, { from, options }: Completion): string {
  const [first, ...others] = options.map(({ word }) => word);
  if (first === undefined) return text;
  if (others.length === 0) return `${text.slice(0, from)}${first} `;
  let common = first;
  for (const other of others) {
    while (!other.startsWith(common)) common = common.slice(0, -1);
  }
  if (common.length > text.length - from) return text.slice(0, from) + common;
  return first.length > TYPED_BY_NOBODY ? `${text.slice(0, from)}${first} ` : text;
}

/** The command's form, and what the word at the cursor has to be. */
export function hintFor(text: string, state: State): { usage: string; expects: string } | undefined {
  const place = placeOf(text, state);
  if (place.head === undefined) return undefined;
  const action = argumentsOf(place.head, state);
  if (action === undefined) return undefined;
  const arg = argumentAt(action.args, place.before, place.word);
  const fallback = arg?.fallback === undefined ? "" : `, else ${arg.fallback}`;
  const expects =
    arg === undefined ? "" : `${arg.label}: ${arg.expects}${arg.required ? "" : `, may be left out${fallback}`}`;
  return { usage: usageOf(action.name, action.args), expects };
}
