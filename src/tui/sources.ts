/** Which command fills which part of a role's state, and how soon it is worth asking again. */
import type { z } from "zod";
import type { JsonObject } from "../commands/view.ts";
import type { Role } from "../node/port.ts";
import {
  agreementsSchema,
  auditSchema,
  balanceSchema,
  channelsSchema,
  forwardsSchema,
  incomeSchema,
  logSchema,
  nodeInfoSchema,
  paymentsSchema,
  peersSchema,
  wishesSchema,
} from "./readings.ts";
import type { PaneName, RoleState } from "./state.ts";

export interface Source {
  /** The line that is run, behind the role's name. */
  line: string;
  /** Milliseconds between two readings at least. */
  everyMs: number;
  /** Left out: always read. */
  panes?: readonly PaneName[];
  /** Left out: of every role. */
  roles?: readonly Role[];
  /** Read on a timer too: nothing tells of its changes. */
  unannounced?: boolean;
  /** @throws ZodError where the result has another form */
  read(result: JsonObject): Partial<RoleState>;
}

function source<T>(
  line: string,
  everyMs: number,
  schema: z.ZodType<T, unknown>,
  put: (value: T) => Partial<RoleState>,
  more: Pick<Source, "panes" | "roles" | "unannounced"> = {},
): Source {
  return { line, everyMs, ...more, read: (result) => put(schema.parse(result)) };
}

/** More rows than anybody scrolls through; the commands themselves list further back. */
const MANY = 500;

export const sources: readonly Source[] = [
  source("stable", 500, agreementsSchema, ({ agreements }) => ({ agreements })),
  source("stable wishes", 1000, wishesSchema, ({ wishes }) => ({ wishes }), { roles: ["user"] }),
  source("listallchannels", 500, channelsSchema, ({ channels, closing }) => ({ channels, closing })),
  source("balance", 500, balanceSchema, (balance) => ({ balance })),
  source("nodeinfo", 1000, nodeInfoSchema, (info) => ({ info })),
  source("peers", 1000, peersSchema, ({ peers }) => ({ peers })),
  source(`forwards ${MANY}`, 1000, forwardsSchema, ({ forwards }) => ({ forwards }), { panes: ["forwards"] }),
  source("income", 2000, incomeSchema, (income) => ({ income }), { panes: ["overview"], roles: ["lsp"] }),
  source(`payments ${MANY}`, 1000, paymentsSchema, ({ payments }) => ({ payments }), {
    panes: ["overview", "payments"],
  }),
  source(`log ${MANY}`, 1000, logSchema, ({ lines }) => ({ log: lines }), { panes: ["log"], unannounced: true }),
  source(`audit ${MANY}`, 1000, auditSchema, ({ lines }) => ({ audit: lines }), { panes: ["audit"] }),
];
