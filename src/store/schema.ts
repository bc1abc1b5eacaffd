/**
 * The ledger's schema as numbered steps; a step that was released is never changed, a change is a new step. Columns
 * that a step adds to a table with a digest start out null (see `table.ts`). In PostgreSQL `INTEGER PRIMARY KEY`
 * becomes an identity column, `INTEGER` becomes BIGINT, and the triggers call a function that raises.
 */
import type { Connection } from "./connection.ts";

export interface Migration {
  /** The version the file has after this step. */
  version: number;
  sql: string;
}

/** "PSLG", in the file's header: what tells our file from any other SQLite database. */
export const APPLICATION_ID = 0x50534c47;

/** Runs one step and marks the file with its version; call inside a transaction. */
export function applyStep(connection: Connection, step: Migration): void {
  connection.script(step.sql);
  connection.script(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${step.version};`);
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE agreements (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        channel_id TEXT NOT NULL,
        receiver TEXT NOT NULL,
        provider TEXT NOT NULL,
        asset TEXT NOT NULL,
        side TEXT NOT NULL,
        proposed_by_us INTEGER NOT NULL,
        rev INTEGER NOT NULL,
        target_micro INTEGER NOT NULL CHECK (target_micro >= 0),
        backing0_msat INTEGER NOT NULL,
        paid_by_provider_msat INTEGER NOT NULL CHECK (paid_by_provider_msat >= 0),
        paid_by_receiver_msat INTEGER NOT NULL CHECK (paid_by_receiver_msat >= 0),
        terms TEXT NOT NULL,
        status TEXT NOT NULL,
        reason TEXT,
        state_hash TEXT NOT NULL,
        price INTEGER NOT NULL CHECK (price > 0),
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        expires_at INTEGER,
        last_settlement_at INTEGER,
        strikes INTEGER NOT NULL,
        digest TEXT NOT NULL
      ) STRICT;
      CREATE INDEX agreements_by_status ON agreements (status, updated_at);

      CREATE TABLE revisions (
        position INTEGER PRIMARY KEY,
        agreement_id TEXT NOT NULL REFERENCES agreements (id) DEFERRABLE INITIALLY DEFERRED,
        rev INTEGER NOT NULL,
        kind TEXT NOT NULL,
        state_hash TEXT NOT NULL,
        state TEXT NOT NULL,
        proposal TEXT NOT NULL,
        acceptance TEXT,
        at INTEGER NOT NULL,
        digest TEXT NOT NULL,
        UNIQUE (agreement_id, rev)
      ) STRICT;

      CREATE TABLE settlements (
        position INTEGER PRIMARY KEY,
        payment_id TEXT NOT NULL UNIQUE,
        agreement_id TEXT NOT NULL REFERENCES agreements (id) DEFERRABLE INITIALLY DEFERRED,
        payer TEXT NOT NULL,
        direction TEXT NOT NULL,
        seq INTEGER NOT NULL,
        amount_msat INTEGER NOT NULL CHECK (amount_msat >= 0),
        price INTEGER NOT NULL CHECK (price > 0),
        sources INTEGER NOT NULL,
        paid_total_after_msat INTEGER NOT NULL CHECK (paid_total_after_msat >= 0),
        preimage TEXT,
        envelope TEXT NOT NULL,
        status TEXT NOT NULL,
        flag TEXT,
        created_at INTEGER NOT NULL,
        resolved_at INTEGER,
        digest TEXT NOT NULL
      ) STRICT;
      CREATE INDEX settlements_by_agreement ON settlements (agreement_id);
      CREATE INDEX settlements_open ON settlements (direction) WHERE status IN ('intent', 'sent', 'unknown');

      CREATE TABLE outbox (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        agreement_id TEXT NOT NULL,
        peer TEXT NOT NULL,
        type TEXT NOT NULL,
        envelope TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        preimage TEXT,
        payment_id TEXT,
        attempts INTEGER NOT NULL,
        digest TEXT NOT NULL
      ) STRICT;

      CREATE TABLE seen_events (
        position INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        digest TEXT NOT NULL
      ) STRICT;

      CREATE TABLE jit_invoices (
        position INTEGER PRIMARY KEY,
        payment_hash TEXT NOT NULL UNIQUE,
        invoice TEXT NOT NULL,
        lsp TEXT NOT NULL,
        amount_msat INTEGER NOT NULL CHECK (amount_msat >= 0),
        opening_fee_msat INTEGER,
        fee_limit_msat INTEGER,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        paid_at INTEGER,
        skimmed_fee_msat INTEGER,
        digest TEXT NOT NULL
      ) STRICT;

      CREATE TABLE forwards (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        prev_channel_id TEXT NOT NULL,
        next_channel_id TEXT NOT NULL,
        prev_node_id TEXT,
        next_node_id TEXT,
        forwarded_msat INTEGER,
        fee_earned_msat INTEGER,
        skimmed_fee_msat INTEGER,
        digest TEXT NOT NULL
      ) STRICT;

      CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        agreement_id TEXT,
        peer TEXT,
        data TEXT NOT NULL,
        prev_hash TEXT NOT NULL,
        hash TEXT NOT NULL
      ) STRICT;
      CREATE INDEX audit_by_agreement ON audit (agreement_id, seq);
      CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
      CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
      CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
        WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
        BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    `,
  },
  {
    version: 2,
    sql: `
      CREATE INDEX forwards_by_time ON forwards (at);
      CREATE INDEX revisions_by_time ON revisions (at);
    `,
  },
  {
    version: 3,
    sql: `
      CREATE TABLE kept (
        position INTEGER PRIMARY KEY,
        agreement_id TEXT NOT NULL REFERENCES agreements (id) DEFERRABLE INITIALLY DEFERRED,
        kind TEXT NOT NULL,
        kept TEXT NOT NULL,
        digest TEXT NOT NULL,
        UNIQUE (agreement_id, kind)
      ) STRICT;
      CREATE INDEX agreements_ended_with_receiver ON agreements (receiver) WHERE status = 'ended';
      CREATE INDEX agreements_ended_with_provider ON agreements (provider) WHERE status = 'ended';
    `,
  },
  {
    version: 4,
    sql: `
      CREATE TABLE opened_channels (
        position INTEGER PRIMARY KEY,
        user_channel_id TEXT NOT NULL UNIQUE,
        peer TEXT NOT NULL,
        capacity_sat INTEGER NOT NULL CHECK (capacity_sat > 0),
        min_lifetime_blocks INTEGER NOT NULL CHECK (min_lifetime_blocks >= 0),
        opened_at INTEGER NOT NULL,
        digest TEXT NOT NULL
      ) STRICT;

      CREATE TABLE stable_wishes (
        position INTEGER PRIMARY KEY,
        payment_hash TEXT NOT NULL UNIQUE,
        peer TEXT NOT NULL,
        target_micro INTEGER NOT NULL CHECK (target_micro > 0),
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        status TEXT NOT NULL,
        paid_at INTEGER,
        agreement_id TEXT,
        reason TEXT,
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        retry_at INTEGER,
        digest TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 5,
    sql: `
      CREATE TABLE channel_orders (
        position INTEGER PRIMARY KEY,
        order_id TEXT NOT NULL,
        lsp TEXT NOT NULL,
        lsp_balance_sat INTEGER NOT NULL CHECK (lsp_balance_sat >= 0),
        client_balance_sat INTEGER NOT NULL CHECK (client_balance_sat >= 0),
        channel_expiry_blocks INTEGER NOT NULL,
        state TEXT NOT NULL,
        ways_to_pay TEXT NOT NULL,
        funding_outpoint TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        digest TEXT NOT NULL,
        UNIQUE (lsp, order_id)
      ) STRICT;
    `,
  },
];
