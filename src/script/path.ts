/** Paths into results, as `.channels[0].channel_ready`. */
import { CommandError } from "../commands/command-error.ts";
import type { Json } from "../commands/view.ts";
import type { Word } from "../commands/words.ts";

export interface Path {
  text: string;
  steps: readonly (string | number)[];
}

const SHAPE = /^(?:\.[A-Za-z_]\w*|\[\d{1,6}\])+$/;
const STEP = /\.([A-Za-z_]\w*)|\[(\d+)\]/g;
export const PATH_EXPECTED = "a path such as .channels[0].channel_ready";

export function looksLikePath(word: Word | undefined): boolean {
  return word !== undefined && !word.quoted && word.text.startsWith(".");
}

/** @throws CommandError `bad_argument` */
export function parsePath(word: Word): Path {
  if (!word.text.startsWith(".") || !SHAPE.test(word.text)) {
    throw new CommandError("bad_argument", `${JSON.stringify(word.text)} is no path; expected ${PATH_EXPECTED}.`, {
      column: word.column,
      expected: PATH_EXPECTED,
    });
  }
  const steps = [...word.text.matchAll(STEP)].map(([, name, index]) => name ?? Number(index));
  return { text: word.text, steps };
}

export type Found = { ok: true; value: Json } | { ok: false; why: string };

/** Follows a path; where it ends early, says where and why. */
export function follow(result: Json, path: Path): Found {
  let value = result;
  let walked = "";
  for (const step of path.steps) {
    const next = typeof step === "number" ? itemOf(value, step) : fieldOf(value, step);
    const here = typeof step === "number" ? `${walked}[${step}]` : `${walked}.${step}`;
    if (next === undefined) return { ok: false, why: `there is no ${here}: ${describe(walked, value)}` };
    value = next;
    walked = here;
  }
  return { ok: true, value };
}

function itemOf(value: Json, index: number): Json | undefined {
  return Array.isArray(value) ? value[index] : undefined;
}

function fieldOf(value: Json, name: string): Json | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function describe(path: string, value: Json): string {
  const name = path === "" ? "the result" : path;
  if (Array.isArray(value)) return `${name} has ${value.length} ${value.length === 1 ? "entry" : "entries"}`;
  if (typeof value === "object" && value !== null) return `${name} has ${Object.keys(value).join(", ") || "no fields"}`;
  return `${name} is ${JSON.stringify(value)}`;
}

/** A value as scripts compare and store it: text as it is, everything else as JSON. */
export function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
