/** All checks in one table, run side by side, and what they found as text. */
import { reasonOf } from "../errors.ts";
import type { Check, Finding, Patient } from "./check.ts";
import { chainCheck, clockCheck } from "./check-chain.ts";
import { controlCheck } from "./check-control.ts";
import { dataFolderCheck, diskCheck, permissionCheck } from "./check-files.ts";
import { gossipCheck } from "./check-gossip.ts";
import { lspCheck, portCheck } from "./check-peers.ts";
import { priceCheck } from "./check-price.ts";
import { libraryCheck, settingsCheck } from "./check-program.ts";
import { ledgerCheck, nodeDatabaseCheck, seedCheck } from "./check-stores.ts";

export const checks: readonly Check[] = [
  settingsCheck,
  libraryCheck,
  dataFolderCheck,
  permissionCheck,
  diskCheck,
  clockCheck,
  seedCheck,
  ledgerCheck,
  nodeDatabaseCheck,
  chainCheck,
  gossipCheck,
  portCheck,
  controlCheck,
  lspCheck,
  priceCheck,
];

export interface Examined extends Finding {
  check: string;
}

export async function examine(patient: Patient): Promise<Examined[]> {
  const all = await Promise.all(
    checks.map(async ({ name, run }) => {
      const findings = await Promise.resolve(patient)
        .then(run)
        .catch((error: unknown): Finding[] => [
          { state: "fail", says: `it could not be examined (${reasonOf(error)})` },
        ]);
      return findings.map((finding) => ({ check: name, ...finding }));
    }),
  );
  return all.flat();
}

const marks: Readonly<Record<Finding["state"], string>> = { ok: "ok", warn: "WARN", fail: "FAIL", skip: "-" };

/** A line for each finding, what to do below it, and the sum. */
export function examinedText(findings: readonly Examined[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = findings.flatMap(({ check, state, says, remedy }, i) => {
    const line = `${marks[state].padEnd(4)}  ${check.padEnd(width)}  ${says}`;
    const again = remedy === findings[i + 1]?.remedy;
    return remedy === undefined || again ? [line] : [line, `${" ".repeat(width + 8)}-> ${remedy}`];
  });
  const count = (state: Finding["state"]) => findings.filter((one) => one.state === state).length;
  return [...lines, "", `${count("fail")} failed, ${count("warn")} to look at, ${count("ok")} fine`].join("\n");
}
