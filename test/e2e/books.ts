import { expect } from "bun:test";
import { CodedError } from "../../src/errors.ts";
import { ANCHORS_SAT } from "../../src/node/held.ts";
import { inFlightMsat } from "../../src/node/in-flight.ts";
import type { Channel, Role } from "../../src/node/port.ts";
import { mineUntil } from "./chains.ts";
import type { Playing } from "./stage.ts";
import { until } from "./until.ts";

const roles: readonly Role[] = ["exchange", "user", "lsp"];
const looks = ["balance", "listallchannels", "payments", "stable"];

/** All that a command could leave half done, of all three roles; whether a peer is there is nothing of it. */
async function booksOf(playing: Playing): Promise<unknown[]> {
  const books = await Promise.all(roles.flatMap((role) => looks.map((look) => playing.run(`${role} ${look}`))));
  return JSON.parse(JSON.stringify(books, (name, value) => (name === "usable" ? undefined : value)));
}

/**
 * Nothing is under way, to the millisatoshi: a control message is one. `inFlightMsat` allows for the commitment's fee, and
 * so overlooks some 500 sat; but only a side below its reserve, which is shown as nothing, makes that necessary.
 */
function isQuiet(channel: Channel): boolean {
  const { outboundMsat, inboundMsat, capacitySat, reserveSat, counterpartyReserveSat } = channel;
  if (outboundMsat === 0n || inboundMsat === 0n) return inFlightMsat(channel) === 0n;
  return outboundMsat + inboundMsat === (capacitySat - reserveSat - counterpartyReserveSat - ANCHORS_SAT) * 1_000n;
}

async function channelsOf({ demo }: Playing): Promise<Channel[]> {
  return (await Promise.all(roles.map((role) => demo.session(role)?.context.node.channels() ?? []))).flat();
}

/** Until every channel is in a block: a wallet learns a moment later, or with the block only, of what it has paid for. */
async function untilConfirmed(playing: Playing): Promise<void> {
  const { chain } = playing.demo;
  const allConfirmed = async () => (await channelsOf(playing)).every(({ confirmations }) => confirmations > 0);
  if (await allConfirmed()) return;
  await mineUntil(chain, allConfirmed);
  const height = await chain.height();
  for (const role of roles) {
    await until(async () => (await playing.run(`${role} nodeinfo`))["block_height"] === height);
  }
}

/** Until no payment is under way in any channel, and every wallet knows what it has paid for. */
export async function untilQuiet(playing: Playing): Promise<void> {
  await until(async () => (await channelsOf(playing)).every(isQuiet));
  await untilConfirmed(playing);
}

/** The line fails with this code and sentence, and leaves everything as it was. @returns the sentence */
export async function expectRefused(playing: Playing, line: string, code: string, says: RegExp): Promise<string> {
  await untilQuiet(playing);
  const before = await booksOf(playing);
  const error: unknown = await playing.run(line).catch((thrown: unknown) => thrown);
  if (!(error instanceof CodedError)) throw new Error(`${line} did not fail as it should`, { cause: error });
  expect<string>(error.code).toBe(code);
  expect(error.message).toMatch(says);
  expect(await booksOf(playing)).toEqual(before);
  return error.message;
}
