/** What a command takes: each argument is a place on the line, a kind (form and meaning) and what happens without it. */
import type { z } from "zod";
import { CommandError } from "./command-error.ts";
import type { Word } from "./words.ts";

/** Where suggestions for an argument come from; the screen and the shell completions read it. */
export type Completes =
  | "address"
  | "agreement"
  | "channel"
  | "choice"
  | "command"
  | "invoice"
  | "node"
  | "offer"
  | "peer"
  | "role"
  | "scenario";

/** The form of an argument: text in, a value out, and the words for what is expected. */
export interface ArgumentKind<T> {
  schema: z.ZodType<T, string>;
  code: "bad_amount" | "bad_argument" | "invalid_invoice";
  /** Ends the sentence "... is not ...; expected ". */
  expects: string;
  completes?: Completes;
  choices?: readonly string[];
}

export interface ArgumentSpec {
  place: "positional" | "rest" | "flag" | "switch";
  /** As help writes it: `SATS`, `--push`. */
  label: string;
  /** What follows a flag, as help writes it. */
  value?: string;
  summary: string;
  required: boolean;
  /** What is taken without it, as it would be typed. */
  fallback?: string;
  expects: string;
  completes?: Completes;
  choices?: readonly string[];
}

export interface Argument<T> extends ArgumentSpec {
  /** `undefined` where it was left out. @throws CommandError with the kind's code, naming the input and the form */
  read(word: Word | undefined): T;
}

function readAs<T>(label: string, kind: ArgumentKind<T>, word: Word): T {
  const parsed = kind.schema.safeParse(word.text);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues[0]?.message ?? "it has another form";
  throw new CommandError(kind.code, `${label} ${quote(word.text)}: ${why}; expected ${kind.expects}.`, {
    column: word.column,
    expected: kind.expects,
  });
}

const SHOWN = 80;

/** An input as an error repeats it: quoted, controls escaped, cut where it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}

function spec(
  place: ArgumentSpec["place"],
  label: string,
  kind: Pick<ArgumentKind<unknown>, "expects" | "completes" | "choices">,
  summary: string,
) {
  return {
    place,
    label,
    summary,
    required: false,
    expects: kind.expects,
    ...(kind.completes === undefined ? {} : { completes: kind.completes }),
    ...(kind.choices === undefined ? {} : { choices: kind.choices }),
  } as const;
}

export function required<T>(label: string, kind: ArgumentKind<T>, summary: string): Argument<T> {
  return {
    ...spec("positional", label, kind, summary),
    required: true,
    read(word) {
      if (word === undefined)
        throw new CommandError("missing_argument", `${label} is missing; expected ${kind.expects}.`);
      return readAs(label, kind, word);
    },
  };
}

export function optional<T>(label: string, kind: ArgumentKind<T>, summary: string): Argument<T | undefined> {
  return {
    ...spec("positional", label, kind, summary),
    read: (word) => (word === undefined ? undefined : readAs(label, kind, word)),
  };
}

/** @param fallback what stands for a left-out argument, written as it would be typed */
export function defaulting<T>(label: string, kind: ArgumentKind<T>, fallback: string, summary: string): Argument<T> {
  const stand = { text: fallback, column: 1, quoted: false, literal: false };
  return { ...spec("positional", label, kind, summary), fallback, read: (word) => readAs(label, kind, word ?? stand) };
}

/** Everything to the end of the line, as one text. */
export function rest<T>(label: string, kind: ArgumentKind<T>, summary: string): Argument<T | undefined> {
  return { ...optional(label, kind, summary), place: "rest" };
}

export function flag<T>(label: string, value: string, kind: ArgumentKind<T>, summary: string): Argument<T | undefined> {
  return { ...optional(label, kind, summary), place: "flag", value };
}

export function toggle(label: string, summary: string): Argument<boolean> {
  return { ...spec("switch", label, { expects: "nothing behind it" }, summary), read: (word) => word !== undefined };
}
