/** BOLT8, appendix A: the vectors of its transport. */
import { expect, test } from "bun:test";
import { frame, initiate, publicKeyOf, respond, sizeOf } from "./bolt8.ts";

const bytes = (digit: string) => Uint8Array.from(Buffer.from(digit.repeat(32), "hex"));
const hex = (value: Uint8Array) => Buffer.from(value).toString("hex");

const initiator = { secret: bytes("11"), ephemeral: bytes("12") };
const responder = { secret: bytes("21"), ephemeral: bytes("22") };

function connected() {
  const dial = initiate(initiator, publicKeyOf(responder.secret));
  const answer = respond(responder, dial.actOne);
  const { actThree, tunnel } = dial.finish(answer.actTwo);
  return { acts: [dial.actOne, answer.actTwo, actThree], ours: tunnel, theirs: answer.finish(actThree) };
}

test("the three acts are the vector's", () => {
  expect(connected().acts.map(hex)).toEqual([
    "00036360e856310ce5d294e8be33fc807077dc56ac80d95d9cd4ddbd21325eff73f70df6086551151f58b8afe6c195782c6a",
    "0002466d7fcae563e5cb09a0d1870bb580344804617879a14949cf22285f1bae3f276e2470b93aac583c9ef6eafca3f730ae",
    "00b9e3a702e93e3a9948c2ed6e5fd7590a6e1c3a0344cfc9d5b57357049aa22355361aa02e55a8fc28fef5bd6d71ad0c38228dc68b1c466263b47fdf31e560e139ba",
  ]);
});

test("messages are the vector's, also after both keys changed", () => {
  const { ours, theirs } = connected();
  expect(hex(theirs.peerId)).toBe(hex(publicKeyOf(initiator.secret)));
  const expected = new Map([
    [0, "cf2b30ddf0cf3f80e7c35a6e6730b59fe802473180f396d88a8fb0db8cbcf25d2f214cf9ea1d95"],
    [1, "72887022101f0b6753e0c7de21657d35a4cb2a1f5cde2650528bbc8f837d0f0d7ad833b1a256a1"],
    [500, "178cb9d7387190fa34db9c2d50027d21793c9bc2d40b1e14dcf30ebeeeb220f48364f7a4c68bf8"],
    [501, "1b186c57d44eb6de4c057c49940d79bb838a145cb528d6e8fd26dbe50a60ca2c104b56b60e45bd"],
    [1000, "4a2f3cc3b5e78ddb83dcb426d9863d9d9a723b0337c89dd0b005d89f8d3c05c52b76b29b740f09"],
    [1001, "2ecd8c8a5629d0d02ab457a0fdd0f7b90a192cd46be5ecb6ca570bfc5e268338b1a16cf4ef2d36"],
  ]);
  for (let i = 0; i <= 1001; i++) {
    const sent = frame(ours.sender, Buffer.from("hello"));
    const wanted = expected.get(i);
    if (wanted !== undefined) expect(hex(sent)).toBe(wanted);
    expect(sizeOf(theirs.receiver, sent.slice(0, 18))).toBe(21);
    expect(Buffer.from(theirs.receiver.unseal(sent.slice(18))).toString()).toBe("hello");
  }
});
