/** The node's log and the audit log. */
import { z } from "zod";
import { flag } from "./arguments.ts";
import { defineCommand, everyRole } from "./command.ts";
import { decimal, hexField, orNull, rfc3339, timeField } from "./fields.ts";
import { agreementReference, choice, freeText, named } from "./kinds.ts";
import { limit } from "./records.ts";
import { findAgreement } from "./references.ts";
import { tableView } from "./view.ts";

/** From the most severe to the least. */
const levels = ["error", "warn", "info", "debug", "trace"] as const;
const severity = choice<number>(levels.join(", "), Object.fromEntries(levels.map((level, rank) => [level, rank])));
/** More than the native ring of log lines holds. */
const WHOLE_RING = 10_000;

export const logCommands = [
  defineCommand({
    name: "log",
    roles: everyRole,
    summary: "the node's log, newest last",
    arguments: {
      limit: limit("50"),
      level: flag("--level", "LEVEL", severity, "this severe or more"),
      grep: flag("--grep", "TEXT", freeText(200), "only lines with this text"),
    },
    result: z.strictObject({
      lines: z.array(
        z.strictObject({ seq: z.string(), at: timeField, level: z.string(), module: z.string(), message: z.string() }),
      ),
    }),
    async run({ node }, { limit, level, grep }) {
      const filtered = level !== undefined || grep !== undefined;
      const lines = (await node.log({ maxLines: filtered ? WHOLE_RING : limit })).filter(
        (line) => levels.indexOf(line.level) <= (level ?? levels.length) && line.message.includes(grep ?? ""),
      );
      return { lines: lines.slice(-limit).map((line) => ({ ...line, seq: decimal(line.seq), at: rfc3339(line.at) })) };
    },
    view: ({ lines }) => ({
      kind: "lines",
      lines: lines.map((line) => `${line.at} ${line.level.toUpperCase().padEnd(5)} ${line.module} ${line.message}`),
    }),
  }),
  defineCommand({
    name: "audit",
    roles: everyRole,
    summary: "the hash-chained record of everything that touched money, newest last",
    arguments: {
      limit: limit("50"),
      agreement: flag("--agreement", "AGREEMENT", agreementReference, "only of this agreement"),
      kind: flag("--kind", "KIND", named("a kind of audit line"), "only of this kind"),
    },
    result: z.strictObject({
      lines: z.array(
        z.strictObject({
          seq: z.int(),
          at: timeField,
          kind: z.string(),
          agreement_id: hexField.nullable(),
          peer: z.string().nullable(),
          data: z.json(),
          hash: z.string(),
        }),
      ),
    }),
    async run({ stable, store }, { limit, agreement, kind }) {
      const one = agreement === undefined ? undefined : findAgreement(await stable.list(), agreement).agreement.id;
      const lines = await store.audit({
        limit,
        ...(one === undefined ? {} : { agreementId: one }),
        ...(kind === undefined ? {} : { kind }),
      });
      return {
        lines: lines.map((line) => ({
          seq: line.seq,
          at: rfc3339(line.at),
          kind: line.kind,
          agreement_id: orNull(line.agreementId, (id) => id),
          peer: orNull(line.peer, (id) => id),
          data: z.json().parse(line.data),
          hash: line.hash,
        })),
      };
    },
    view: ({ lines }) => tableView(lines, "no audit lines", ["seq", "at", "kind", "agreement_id", "data"]),
  }),
];
