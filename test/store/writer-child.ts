/**
 * A process of its own that commits intents from number `from` on and writes each number to standard output after its
 * commit returned. Ends after `count` commits, or with the error as JSON when one fails.
 */
import { writeSync } from "node:fs";
import { openStore } from "../../src/store/open-store.ts";
import { StoreError } from "../../src/store/store-error.ts";
import { intent, NOW } from "./samples.ts";

const [path = "", from = "1", count = "1000000"] = process.argv.slice(2);
const ledger = await openStore({ path, now: () => NOW, busyTimeoutMs: 60_000 });
try {
  for (let n = Number(from); n < Number(from) + Number(count); n += 1) {
    await ledger.commit(intent(n));
    writeSync(1, `${n}\n`);
  }
  await ledger.close();
} catch (error) {
  if (!(error instanceof StoreError)) throw error;
  writeSync(1, `${JSON.stringify({ code: error.code, message: error.message })}\n`);
}
