/** `wait ROLE ready|paid|synced|settled|channels=N [timeout SECONDS]`: woken by changes, looked at every 50 ms besides. */
import { z } from "zod";
import { type ArgumentKind, flag, required } from "../commands/arguments.ts";
import { defineAction } from "../commands/command.ts";
import { CommandError } from "../commands/command-error.ts";
import { integer, roleName } from "../commands/kinds.ts";
import { parseLine } from "../commands/parse.ts";
import { until } from "../commands/until.ts";
import type { StageContext, StageSession } from "./stage.ts";

const DEFAULT_TIMEOUT_SECONDS = 60;

/** What is looked at, and in words what it looks like now. */
type Look = (session: StageSession) => Promise<{ done: boolean; detail: string }>;

interface Condition {
  text: string;
  look: Look;
}

const channelList = z.object({
  channels: z.array(z.object({ usable: z.boolean(), channel_ready: z.boolean() })),
});
const nodeInfo = z.object({ synced: z.boolean(), block_height: z.number() });
const payments = z.object({ payments: z.array(z.object({ status: z.string() })) });
const channelsCall = parseLine("listallchannels", ["user"]).call;
const newestInCall = parseLine("payments 1 --direction in", ["user"]).call;
const infoCall = parseLine("nodeinfo", ["user"]).call;

async function channelsOf(session: StageSession) {
  return channelList.parse((await session.run(channelsCall)).result).channels;
}

/** At least one channel, and every one of them usable: confirmed, and the peer there. */
const ready: Look = async (session) => {
  const channels = await channelsOf(session);
  const usable = channels.filter((channel) => channel.usable).length;
  return {
    done: usable > 0 && usable === channels.length,
    detail: `${usable} of ${channels.length} channels are usable`,
  };
};

const synced: Look = async (session) => {
  const info = nodeInfo.parse((await session.run(infoCall)).result);
  return { done: info.synced, detail: `it is not synced, at block ${info.block_height}` };
};

/** The newest payment to the role, over Lightning or on chain: an unpaid invoice counts as one that has not arrived. */
const paid: Look = async (session) => {
  const [newest] = payments.parse((await session.run(newestInCall)).result).payments;
  return {
    done: newest?.status === "succeeded",
    detail: newest === undefined ? "there is no payment to it" : `the newest payment to it is ${newest.status}`,
  };
};

const settled: Look = async (session) => {
  const now = await session.settled();
  return { done: now.settled, detail: now.detail };
};

/** Exactly so many channels, all of them usable. */
function channels(count: number): Look {
  return async (session) => {
    const own = await channelsOf(session);
    const usable = own.filter((channel) => channel.usable).length;
    return {
      done: own.length === count && usable === count,
      detail: `it has ${own.length} ${own.length === 1 ? "channel" : "channels"}, ${usable} of them usable`,
    };
  };
}

const looks = new Map<string, Look>(Object.entries({ ready, paid, synced, settled }));

const condition: ArgumentKind<Condition> = {
  code: "bad_argument",
  expects: "ready, paid, synced, settled or channels=N",
  completes: "choice",
  choices: ["ready", "paid", "synced", "settled", "channels=1"],
  schema: z.string().transform((text, context): Condition => {
    const count = /^channels=(\d{1,4})$/.exec(text)?.[1];
    const look = count === undefined ? looks.get(text) : channels(Number(count));
    if (look !== undefined) return { text, look };
    context.addIssue({ code: "custom", message: "not one of them" });
    return z.NEVER;
  }),
};

export const waitVerb = defineAction({
  name: "wait",
  summary: "wait until a role is so far",
  notes: [
    "ready: every channel is usable, and there is one; paid: the newest payment to it has arrived;",
    "synced: the wallets are at the chain's tip;",
    "settled: an agreement is live and nothing is due or in flight; channels=N: so many channels, all usable.",
  ],
  arguments: {
    role: required("ROLE", roleName, "whose"),
    for: required("CONDITION", condition, "what for"),
    timeout: flag("timeout", "SECONDS", integer(1, 86_400), "60 where it is left out"),
  },
  result: z.strictObject({ role: z.string(), condition: z.string(), elapsed_ms: z.int() }),
  async run({ stage, clock }: StageContext, { role, for: wanted, timeout = DEFAULT_TIMEOUT_SECONDS }) {
    const session = stage.session(role);
    if (session === undefined) {
      throw new CommandError("node_not_running", `${role} is not running; start ${role} brings it back.`);
    }
    const began = clock.steadyMs();
    let detail = "";
    const done = await until(
      async () => {
        const now = await wanted.look(session);
        detail = now.detail;
        return now.done ? true : undefined;
      },
      { onChange: (listener) => session.onChange(listener), clock, timeoutMs: timeout * 1000 },
    );
    if (done === undefined) {
      const said = `${role} was not ${wanted.text} within ${timeout} s: ${detail}`;
      throw new CommandError("timeout", `${said}; give it longer with timeout SECONDS, or see the role's log.`);
    }
    return { role, condition: wanted.text, elapsed_ms: Math.round(clock.steadyMs() - began) };
  },
});
