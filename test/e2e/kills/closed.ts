/** What must be true once LDK has closed the channel, besides the money (see money.ts). */
import { join } from "node:path";
import { runProgram } from "../program.ts";
import { until } from "../until.ts";
import { type Pair, type SideName, sides } from "./pair.ts";
import { problems } from "./round.ts";

const PATIENCE_MS = 90_000;

/**
 * A payment that was under way is resolved on chain and the books agree on it; both sides say why the channel is gone;
 * both can prove the last book to anyone.
 *
 * @returns the reasons, as the owner reads them
 */
export async function checkClosed(pair: Pair, agreementId: string): Promise<Record<SideName, string>> {
  await until(async () => {
    if ((await pair.chain.mempool()).length > 0) await pair.chain.mine(1);
    // What was decided and never left stays an intent of an agreement that is over: nobody has it, nobody owes it.
    return problems(pair, agreementId).every((problem) => problem.endsWith(" as intent"));
  }, PATIENCE_MS);
  for (const side of sides) await checkEvidence(pair, side, agreementId);
  return { user: await reasonOf(pair, "user", agreementId), lsp: await reasonOf(pair, "lsp", agreementId) };
}

async function checkEvidence(pair: Pair, side: SideName, agreementId: string): Promise<void> {
  const file = join(pair.folder, `${side}-${agreementId.slice(0, 16)}.json`);
  await pair.ask(side, `stable ${agreementId} --evidence ${file}`);
  const { code, stdout, stderr } = await runProgram(["verify", file]);
  if (code !== 0) throw new Error(`the evidence of ${side} proves nothing: ${stdout}${stderr}`);
}

async function reasonOf(pair: Pair, side: SideName, agreementId: string): Promise<string> {
  const row = (await pair.agreements(side)).find((agreement) => agreement.agreement_id === agreementId);
  const reason = /^no channel with the peer is left: (.+)$/.exec(row?.reason ?? "")?.[1];
  if (reason === undefined || reason === "no reason is known") {
    throw new Error(`${side} names no reason for the closed channel: ${row?.reason}`);
  }
  return reason;
}
