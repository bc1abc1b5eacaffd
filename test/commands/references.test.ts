import { describe, expect, test } from "bun:test";
import { CommandError } from "../../src/commands/command-error.ts";
import { findAgreement, findChannel } from "../../src/commands/references.ts";
import type { Channel } from "../../src/node/port.ts";
import { onboarded, routed } from "./fake-roles.ts";

const { of } = await routed();
const samples = await of.lsp.context.node.channels();

/** A channel like a real one, at another place in the chain. */
function channel(channelId: string, confirmations: number, shortChannelId?: string): Channel {
  const [sample] = samples;
  if (sample === undefined) throw new Error("the world has a channel");
  const { shortChannelId: _, ...rest } = sample;
  return { ...rest, channelId, confirmations, ...(shortChannelId === undefined ? {} : { shortChannelId }) };
}

function fault(find: () => unknown): string {
  try {
    find();
    return "found";
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const a = `aaaaaaaa${"0".repeat(56)}`;
const b = `aaaaaaab${"0".repeat(56)}`;
const c = `aaaaaaab1${"0".repeat(55)}`;

describe("a channel", () => {
  const some = [channel(a, 10, "100x1x0"), channel(b, 3, "107x2x0"), channel(c, 3, "107x10x1")];

  test("by its id or a prefix that fits one", () => {
    expect(findChannel(some, a).channelId).toBe(a);
    expect(findChannel(some, "aaaaaaaa").channelId).toBe(a);
    expect(findChannel(some, "aaaaaaab1").channelId).toBe(c);
  });

  test("last is the youngest, by confirmations and then by its place in the chain", () => {
    expect(findChannel(some, "last").channelId).toBe(c);
    expect(findChannel([channel(a, 0), channel(b, 3, "1x1x1")], "last").channelId).toBe(a);
  });

  test("last is no guess between two that nobody has ordered yet", () => {
    expect(fault(() => findChannel([channel(a, 0), channel(b, 0)], "last"))).toBe(
      `ambiguous_channel: last fits 2 channels (${a}, ${b}); give more digits of one.`,
    );
  });

  test("a prefix that fits several names them, one that fits none names what there is", () => {
    expect(fault(() => findChannel(some, "aaaaaaab"))).toBe(
      `ambiguous_channel: aaaaaaab fits 2 channels (${b}, ${c}); give more digits of one.`,
    );
    expect(fault(() => findChannel(some, "deadbeef"))).toBe(
      `unknown_channel: No channel fits deadbeef; there is ${a}, ${b}, ${c}.`,
    );
    expect(fault(() => findChannel([], "last"))).toBe(
      "unknown_channel: No channel fits last; this node has no channel.",
    );
  });

  test("a long list is cut", () => {
    const many = Array.from({ length: 9 }, (_, i) => channel(`${i}`.repeat(64), i));
    expect(fault(() => findChannel(many, "deadbeef"))).toEndWith("and 4 more.");
  });
});

describe("an agreement", () => {
  test("by prefix, last, or left out where one is live", async () => {
    const fake = await onboarded();
    const views = () => fake.of.user.context.stable.list();
    expect(fault(() => findAgreement([], undefined))).toBe(
      "unknown_agreement: No stable agreement is live; there is none yet. startstablechannel begins one.",
    );
    await fake.run("user", "startstablechannel last true 4 0");
    const [first] = await views();
    if (first === undefined) throw new Error("it was agreed");
    const { id } = first.agreement;
    for (const reference of [id, id.slice(0, 8), "last", undefined]) {
      expect(findAgreement(await views(), reference).agreement.id).toBe(id);
    }
    expect(fault(() => findAgreement([first], "deadbeef"))).toStartWith(
      `unknown_agreement: No stable agreement fits deadbeef; there is ${id}.`,
    );

    fake.clock.pass(60_000);
    await fake.run("user", "startstablechannel last true 5 0");
    const both = await views();
    expect(findAgreement(both, "last").agreement.id).not.toBe(id);
    expect(fault(() => findAgreement(both, undefined))).toStartWith("ambiguous_agreement: 2 agreements are live (");
    // A live one is meant before an ended one, however new that is.
    await fake.run("user", `stopstable ${findAgreement(both, "last").agreement.id}`);
    expect(findAgreement(await views(), "last").agreement.id).toBe(id);
  });
});
