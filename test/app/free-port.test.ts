import { expect, test } from "bun:test";
import { freePort } from "../../src/app/free-port.ts";

const EPHEMERAL_FROM = 32_768;

test("each port is given once, can be listened on, and is not one the system gives away", () => {
  const ports = Array.from({ length: 200 }, () => {
    const port = freePort();
    expect(port).toBeLessThan(EPHEMERAL_FROM);
    // At once, before another process comes by, and only for now: a port that is free again is not given again either.
    const server = Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } });
    expect(server.port).toBe(port);
    server.stop(true);
    return port;
  });
  expect(new Set(ports).size).toBe(ports.length);
});
