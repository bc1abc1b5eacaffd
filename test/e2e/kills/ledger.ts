/** What a role's ledger says, read beside the running role. */
import { join } from "node:path";
import { z } from "zod";
import { openConnection } from "../../../src/store/connection.ts";

const agreement = z.object({
  id: z.string(),
  rev: z.bigint(),
  target_micro: z.bigint(),
  backing0_msat: z.bigint(),
  paid_by_provider_msat: z.bigint(),
  paid_by_receiver_msat: z.bigint(),
  status: z.string(),
  reason: z.string().nullable(),
  state_hash: z.string(),
});
export type AgreementRow = z.output<typeof agreement>;

const settlement = z.object({
  payment_id: z.string(),
  payer: z.enum(["provider", "receiver"]),
  direction: z.enum(["sent", "received"]),
  seq: z.bigint(),
  amount_msat: z.bigint(),
  status: z.string(),
  flag: z.string().nullable(),
});
export type SettlementRow = z.output<typeof settlement>;

export interface Book {
  agreement: AgreementRow;
  settlements: SettlementRow[];
}

/** One agreement and its settlements, of one moment. @throws where the ledger has no such agreement */
export function readBook(roleFolder: string, agreementId: string): Book {
  const connection = openConnection(join(roleFolder, "ledger.sqlite"), "read", 5_000);
  try {
    // One read transaction: both tables as of the same commit.
    connection.script("BEGIN");
    const [row] = connection.all("SELECT * FROM agreements WHERE id = ?", agreementId);
    const rows = connection.all("SELECT * FROM settlements WHERE agreement_id = ? ORDER BY position", agreementId);
    connection.script("COMMIT");
    return { agreement: agreement.parse(row), settlements: z.array(settlement).parse(rows) };
  } finally {
    connection.close();
  }
}
