/** A process of its own that holds the write lock of the database until its standard input ends. */
import { Database } from "bun:sqlite";
import { writeSync } from "node:fs";

const database = new Database(process.argv[2] ?? "", { readwrite: true });
database.run("BEGIN IMMEDIATE");
writeSync(1, "held\n");
await Bun.stdin.text();
database.run("ROLLBACK");
database.close();
