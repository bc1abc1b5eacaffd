import { expect, test } from "bun:test";
import { managerOf } from "../../src/service/manager.ts";

function told(env: Record<string, string>) {
  const states: string[] = [];
  const manager = managerOf(env, async (socket, state) => void states.push(`${socket} ${state}`));
  return { manager, states };
}

test("a service manager that asks for it is told of each step", async () => {
  const { manager, states } = told({ NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "30000000" });
  await manager.beat();
  await manager.ready("lsp on regtest");
  await manager.beat();
  await manager.stopping();
  await manager.beat();
  expect(states).toEqual([
    "/run/notify READY=1\nSTATUS=lsp on regtest",
    "/run/notify WATCHDOG=1",
    "/run/notify STOPPING=1",
  ]);
  expect(manager.watchMs).toBe(15_000);
});

test.each([
  [{}],
  [{ NOTIFY_SOCKET: "" }],
  [{ WATCHDOG_USEC: "30000000" }],
  [{ NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" }],
])("without a socket, or watched for another process: %p", async (env) => {
  const { manager, states } = told(env);
  expect(manager.watchMs).toBeUndefined();
  if ("NOTIFY_SOCKET" in env && env.NOTIFY_SOCKET !== "") return;
  await manager.ready("x");
  await manager.beat();
  expect(states).toEqual([]);
});

test("a manager that can't be told hinders no stop, but a sign of life that fails is known", async () => {
  let there = true;
  const manager = managerOf({ NOTIFY_SOCKET: "/gone" }, async () => {
    if (!there) throw new Error("no such socket");
  });
  await manager.ready("lsp on regtest");
  there = false;
  await expect(manager.beat()).rejects.toThrow("no such socket");
  await manager.stopping();
});
