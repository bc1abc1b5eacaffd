import { expect, test } from "bun:test";
import { roleLife } from "../../src/app/role-life.ts";

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
  return roleLife(fake.open(), async () => fake.open());
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
  const life = roleLife(fake.open(), async () => {
    throw new Error("the port is taken");
  });
  life.reopen();
  for (let i = 0; i < 2; i++) await expect(life.use(async () => 1)).rejects.toThrow("the port is taken");
  await life.close();
});
