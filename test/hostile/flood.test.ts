/** A peer that never stops: what it can make the victim send is bounded by time, and what got no answer is counted. */
import { expect, test } from "bun:test";
import { encodeEnvelope, payloadOf } from "../../src/stable/envelope.ts";
import { type MessageType, STABLE_RECORD_TYPE } from "../../src/stable/messages.ts";
import { seeded } from "../sim/random.ts";
import { plausible } from "./plausible.ts";
import { type Sent, type Victim, victim } from "./victim.ts";

const MESSAGES = 600;
/** What one may answer at once, and how many seconds earn another answer. */
const BURST = 30;
const SECONDS = 10;

/** A message that is refused: an honest one of this type, but of an hour ago. */
function stale(target: Victim, type: MessageType): Sent {
  const { message } = plausible(type, target, seeded(`flood ${type}`));
  const payload = payloadOf({ ...message, at: target.nowSeconds() - 3_600 });
  const value = encodeEnvelope({ payload, signature: target.sign(payload, "peer") });
  return { amountMsat: 1n, records: [{ type: STABLE_RECORD_TYPE, value }] };
}

/** What the peer said while it was honest, in turn. */
function repeated(target: Victim, i: number): Sent {
  const record = target.genuine[i % target.genuine.length];
  if (record === undefined) throw new Error("the peer said nothing");
  return { amountMsat: 1n, records: [record] };
}

const floods: Readonly<Record<string, (target: Victim, i: number) => Sent>> = {
  "proposals that are too old": (target) => stale(target, "propose"),
  "revisions that are too old": (target) => stale(target, "revise"),
  "ends that are too old": (target) => stale(target, "end"),
  "accepts of nothing": (target) => stale(target, "accept"),
  "settlements that can't be booked": (target) => stale(target, "settle"),
  "syncs of another book": (target) => stale(target, "sync"),
  "all it ever said, again": repeated,
};

test.each(Object.keys(floods))(
  "%s",
  async (name) => {
    const target = await victim("receiver");
    const make = floods[name];
    if (make === undefined) throw new Error(`no flood is called ${name}`);
    const [before, began] = [target.sent(), target.nowSeconds()];
    let logged = 0;
    for (let i = 0; i < MESSAGES; i++) {
      const { audit } = await target.receive(make(target, i));
      if (audit.some(({ kind }) => kind !== "message_sent")) logged += 1;
    }
    const seconds = target.nowSeconds() - began;
    expect(logged).toBe(MESSAGES);
    expect(target.sent() - before).toBeLessThanOrEqual(BURST + Math.ceil(seconds / SECONDS));
    await target.close();
  },
  60_000,
);

test("what got no answer is told of in one line a minute, by type, and the peer is answered again once it is quiet", async () => {
  const target = await victim("receiver");
  for (let i = 0; i < 200; i++) await target.receive(stale(target, "propose"));
  await target.rest(120_000);
  const lines = await target.peer.store.audit({ limit: 100, kind: "answers_withheld" });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ peer: target.peerId });
  expect(Number(lines[0]?.data["propose"])).toBeGreaterThan(150);
  const before = target.sent();
  await target.receive(stale(target, "propose"));
  expect(target.sent()).toBe(before + 1);
  await target.close();
}, 60_000);
