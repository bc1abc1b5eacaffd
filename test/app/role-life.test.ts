import { expect, test } from "bun:test";
import { roleLife } from "../../src/app/role-life.ts";
import { CodedError } from "../../src/errors.ts";
import { manualClock } from "../price/manual-clock.ts";

class SourceError extends CodedError {}

/** As much of a session as a life uses, telling what becomes of it. */
function sessions() {
  const told: string[] = [];
  let count = 0;
  let listener: (() => void) | undefined;
  const open = () => {
    const name = `s${++count}`;
    return {
      nodeId: "02",
      name,
      onChange(heard: () => void) {
        listener = heard;
        return () => undefined;
      },
      close: async () => void told.push(`close ${name}`),
      kill: async () => void told.push(`kill ${name}`),
    };
  };
  return { told, open, change: () => listener?.() };
}

function lifeOf(fake: ReturnType<typeof sessions>) {
  return roleLife(fake.open(), async () => fake.open(), manualClock());
}

test("what runs ends with the session it began with; what comes after has the next", async () => {
  const fake = sessions();
  const life = lifeOf(fake);
  const running = Promise.withResolvers<void>();
  const first = life.use(async (session) => {
    life.reopen();
    await running.promise;
    return session.name;
  });
  const second = life.use(async (session) => session.name);
  expect(life.now()).toBeUndefined();
  expect(fake.told).toEqual([]);
  running.resolve();
  expect([await first, await second]).toEqual(["s1", "s2"]);
  expect(fake.told).toEqual(["close s1"]);
});

test("it can be opened again any number of times, and is heard each time", async () => {
  const fake = sessions();
  const life = lifeOf(fake);
  let heard = 0;
  life.onChange(() => {
    heard += 1;
  });
  for (let i = 2; i <= 4; i++) {
    life.reopen();
    expect(await life.use(async (session) => session.name)).toBe(`s${i}`);
    const before = heard;
    fake.change();
    expect(heard).toBe(before + 1);
  }
  await life.close();
  expect(fake.told).toEqual(["close s1", "close s2", "close s3", "close s4"]);
});

test("closed while it is being opened, what is opened is closed as well", async () => {
  const fake = sessions();
  const life = lifeOf(fake);
  life.reopen();
  await life.kill();
  expect(fake.told).toEqual(["close s1", "kill s2"]);
  expect(life.now()).toBeUndefined();
});

test("an opening that fails is every later command's answer, and closing goes on", async () => {
  const fake = sessions();
  const clock = manualClock();
  const taken = () => Promise.reject(new Error("the port is taken"));
  const life = roleLife(fake.open(), taken, clock);
  life.reopen();
  for (let i = 0; i < 2; i++) await expect(life.use(async () => 1)).rejects.toThrow("the port is taken");
  expect(clock.pending()).toBe(0);
  await life.close();
});

test("an opening that fails for the chain source is tried again until that is back", async () => {
  const fake = sessions();
  const clock = manualClock();
  let down = true;
  const open = async () => {
    if (down) throw new SourceError("chain_unreachable", "the source is down");
    return fake.open();
  };
  const life = roleLife(fake.open(), open, clock);
  const asked = () => life.use(async (session) => session.name);
  life.reopen();
  for (let i = 0; i < 2; i++) {
    await expect(asked()).rejects.toThrow("the source is down");
    clock.advance(5_000);
  }
  await expect(asked()).rejects.toThrow("the source is down");
  down = false;
  clock.advance(5_000);
  expect(await asked()).toBe("s2");
  await life.close();
  expect(fake.told).toEqual(["close s1", "close s2"]);
  expect(clock.pending()).toBe(0);
});

test("closed while it waits for the chain source, it is not opened again", async () => {
  const clock = manualClock();
  const life = roleLife(sessions().open(), () => Promise.reject(new SourceError("chain_behind", "behind")), clock);
  life.reopen();
  await expect(life.use(async () => 1)).rejects.toThrow("behind");
  await life.close();
  expect(clock.pending()).toBe(0);
});
