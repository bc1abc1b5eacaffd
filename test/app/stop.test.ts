import { expect, test } from "bun:test";
import { join } from "node:path";

const signals = join(import.meta.dir, "../../src/app/signals.ts");

/** A process that watches for a stop and says how it went, after it did `then`. */
function watching(then: string) {
  const script = `
    import { watchForStop } from ${JSON.stringify(signals)};
    const stopping = watchForStop();
    const alive = setInterval(() => {}, 60_000);
    ${then};
    await stopping.asked.then(
      (code) => process.stderr.write("asked: " + code + "\\n"),
      (error) => process.stderr.write("failed: " + error.message + "\\n"),
    );
    process.stderr.write(String(stopping.isAsked()));
    clearInterval(alive);
    stopping.forget();
  `;
  return Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe", timeout: 20_000 });
}

test.each([
  ["process.kill(process.pid, 'SIGINT'); process.kill(process.pid, 'SIGINT')", "asked: 130"],
  ["process.kill(process.pid, 'SIGTERM')", "asked: 143"],
  ["process.kill(process.pid, 'SIGHUP')", "asked: 129"],
  ["setTimeout(() => { throw new Error('thrown') })", "failed: thrown"],
  ["Promise.reject(new Error('rejected'))", "failed: rejected"],
])("%s", async (then, said) => {
  const child = watching(then);
  expect(await child.stderr.text()).toBe(`${said}\ntrue`);
  expect(await child.exited).toBe(0);
});
