import { expect, test } from "bun:test";
import { FfiError } from "../../src/ffi/errors.ts";
import { createEventStream } from "../../src/ffi/event-stream.ts";
import type { NodeEvent } from "../../src/node/port.ts";

const failed = (reason: string): NodeEvent => ({ kind: "payment_failed", reason });

function stream() {
  const acknowledged: string[] = [];
  return {
    acknowledged,
    events: createEventStream(async (seq) => {
      acknowledged.push(seq);
    }),
  };
}

test("an event stays first until it is acknowledged", async () => {
  const { events, acknowledged } = stream();
  events.push("1", failed("a"));
  for await (const delivery of events.read()) {
    expect(delivery.event).toEqual(failed("a"));
    break;
  }
  for await (const delivery of events.read()) {
    expect(delivery.event).toEqual(failed("a"));
    await delivery.acknowledge();
    break;
  }
  const reader = events.read();
  const next = reader.next();
  events.push("2", failed("b"));
  expect((await next).value?.event).toEqual(failed("b"));
  expect(acknowledged).toEqual(["1"]);
});

test("the same event is not given twice to one consumer, nor acknowledged twice", async () => {
  const { events, acknowledged } = stream();
  const reader = events.read();
  events.push("1", failed("a"));
  const first = await reader.next();
  if (first.done) throw new Error("it ended");
  const second = reader.next();
  await Promise.all([first.value.acknowledge(), first.value.acknowledge()]);
  events.push("2", failed("b"));
  expect((await second).value?.event).toEqual(failed("b"));
  expect(acknowledged).toEqual(["1"]);
});

test("the next event may come before the acknowledgement's reply", async () => {
  const reply = Promise.withResolvers<void>();
  const events = createEventStream(() => reply.promise);
  const reader = events.read();
  events.push("1", failed("a"));
  const first = await reader.next();
  if (first.done) throw new Error("it ended");
  const done = first.value.acknowledge();
  events.push("2", failed("b"));
  reply.resolve();
  await done;
  expect((await reader.next()).value?.event).toEqual(failed("b"));
});

test("an acknowledgement that failed can be tried again", async () => {
  const attempts: string[] = [];
  const events = createEventStream(async (seq) => {
    attempts.push(seq);
    if (attempts.length === 1) throw new FfiError("deadline", "no answer");
  });
  events.push("1", failed("a"));
  const first = await events.read().next();
  if (first.done) throw new Error("it ended");
  await expect(first.value.acknowledge()).rejects.toThrow("no answer");
  await first.value.acknowledge();
  expect(attempts).toEqual(["1", "1"]);
});

test("a stop ends the consumer; the next run begins with the unacknowledged event under any number", async () => {
  const { events } = stream();
  const reader = events.read();
  events.push("1", failed("a"));
  await reader.next();
  const waiting = reader.next();
  events.end();
  expect(await waiting).toEqual({ done: true, value: undefined });
  await reader.return?.();
  events.push("1", failed("ignored: the node is stopped"));
  events.reopen();
  const again = events.read();
  const next = again.next();
  events.push("1", failed("a"));
  expect((await next).value?.event).toEqual(failed("a"));
});

test("a consumer that kept reading through a restart sees the event again", async () => {
  const { events } = stream();
  const reader = events.read();
  events.push("1", failed("a"));
  await reader.next();
  events.end();
  events.reopen();
  const next = reader.next();
  events.push("1", failed("a"));
  expect((await next).value?.event).toEqual(failed("a"));
});

test("there is one consumer and one read at a time", async () => {
  const { events } = stream();
  const reader = events.read();
  expect(() => events.read()).toThrow("have a consumer");
  const waiting = reader.next();
  await expect(reader.next()).rejects.toThrow("one read");
  await reader.return?.();
  expect((await waiting).done).toBe(true);
  expect((await reader.next()).done).toBe(true);
  events.push("1", failed("a"));
  expect((await events.read().next()).done).toBe(false);
});

test("a failure reaches the consumer as an error", async () => {
  const { events } = stream();
  const waiting = events.read().next();
  events.fail(new FfiError("native_panic", "a bug"));
  await expect(waiting).rejects.toThrow("a bug");
});
