/**
 * A peer that lies, and a stranger who pretends to be one, against a live engine: nothing they say is taken for an
 * agreement or a payment, nothing stops the engine, every message is in the audit log, and what came with it is native.
 */
import { expect, test } from "bun:test";
import { payloadOf } from "../../src/stable/envelope.ts";
import { type MessageType, STABLE_RECORD_TYPE } from "../../src/stable/messages.ts";
import { type Random, seeded } from "../sim/random.ts";
import { garbleNames, garbles } from "./garbles.ts";
import { type Lie, lies, liesFor } from "./lies.ts";
import { messageTypes, plausible } from "./plausible.ts";
import { type Effect, type Sent, type Victim, victim } from "./victim.ts";

/** One victim hears this many messages, or until it froze the agreement: none shall be refused for that alone. */
const EACH = 250;

interface Attack {
  name: string;
  type: MessageType | "replay";
  sent: Sent;
}

function recordOf(bytes: Buffer): Sent["records"] {
  return [{ type: STABLE_RECORD_TYPE, value: bytes.toString("hex") }];
}

function spelled(target: Victim, random: Random, { payload, signedBy }: Lie): Buffer {
  const signature =
    signedBy === "nobody" ? target.sign(`${payload} ${random.next()}`, "peer") : target.sign(payload, signedBy);
  return Buffer.from(`{"payload":${JSON.stringify(payload)},"signature":"${signature}"}`);
}

function lie(target: Victim, random: Random, type: MessageType): Attack {
  const name = random.pick(liesFor(type));
  const made = lies[name]?.make({ victim: target, random, type, plain: plausible(type, target, random) });
  if (made === undefined) throw new Error(`no lie is called ${name}`);
  const { amountMsat, byStranger = false } = made;
  return { name, type, sent: { amountMsat, byStranger, records: recordOf(spelled(target, random, made)) } };
}

function garble(target: Victim, random: Random, type: MessageType): Attack {
  const name = random.pick(garbleNames);
  const { message, amountMsat } = plausible(type, target, random);
  const raw = { payload: payloadOf(message), sign: (payload: string) => target.sign(payload, "peer"), random };
  const bytes = garbles[name]?.(raw);
  if (bytes === undefined) throw new Error(`nothing garbles by ${name}`);
  return { name, type, sent: { amountMsat, records: recordOf(bytes) } };
}

/** What the peer said while it was honest, said again. */
function replay(target: Victim, random: Random): Attack {
  const amountMsat = random.pick([1n, 1_000n, 5_000_000n]);
  return { name: "replay", type: "replay", sent: { amountMsat, records: [random.pick(target.genuine)] } };
}

function attack(target: Victim, random: Random, index: number): Attack {
  const type = messageTypes[index % messageTypes.length] ?? "settle";
  if (random.chance(0.05)) return replay(target, random);
  return random.chance(0.6) ? lie(target, random, type) : garble(target, random, type);
}

/** A hostile peer can have an agreement frozen, by paying nothing for one; it can't move the book. */
function movesTheBook({ book }: Effect, before: ReturnType<Victim["agreement"]>): boolean {
  return book.some((change) => {
    if ("drop" in change || change.put !== "agreement") return true;
    const { status, reason, updatedAt, strikes, ...figures } = change.agreement;
    const { status: _, reason: __, updatedAt: ___, strikes: ____, ...same } = before;
    return status === "ended" || !Bun.deepEquals(figures, same);
  });
}

async function hear(target: Victim, { sent, name, type }: Attack, label: string): Promise<{ frozen: boolean }> {
  const before = target.agreement();
  const effect = await target.receive(sent);
  const said = `${label}: ${name} ${type}`;
  expect([said, movesTheBook(effect, before)]).toEqual([said, false]);
  expect([said, effect.audit.length > 0]).toEqual([said, true]);
  expect([said, effect.gainedMsat]).toEqual([said, sent.amountMsat]);
  expect([said, target.peer.engine.fault(), target.peer.stuck()]).toEqual([said, undefined, undefined]);
  return { frozen: effect.book.length > 0 };
}

test.each(["receiver", "provider"] as const)(
  "5,000 mutated messages to the %s change nothing, stop nothing, and are all in the log",
  async (side) => {
    const heard = new Map<string, number>();
    const random = seeded(`hostile ${side}`);
    let target = await victim(side);
    for (let i = 0; i < 5_000; i++) {
      const next = attack(target, random, i);
      const { frozen } = await hear(target, next, `${side} ${i}`);
      heard.set(next.type, (heard.get(next.type) ?? 0) + 1);
      if (!frozen && i % EACH !== EACH - 1) continue;
      expect((await target.peer.store.verifyAudit()).ok).toBe(true);
      await target.close();
      target = await victim(side);
    }
    await target.close();
    for (const type of messageTypes) expect(heard.get(type)).toBeGreaterThan(450);
    expect(heard.get("replay")).toBeGreaterThan(150);
  },
  120_000,
);
