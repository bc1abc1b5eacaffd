/** What a role keeps: its seed, its ledger, the node's database. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { seedState } from "../keys/seed-folder.ts";
import { inspect } from "../store/inspect.ts";
import { nodeDatabaseProblem } from "../store/node-database.ts";
import { migrations } from "../store/schema.ts";
import { storeErrorOf } from "../store/store-error.ts";
import { checkBackup } from "../store/verify.ts";
import { type Check, type Finding, fail, ok, type Patient, type RoleData, skip, warn } from "./check.ts";

/** The same for each role that has data; one line where there is none. */
function ofEachRole(look: (data: RoleData, patient: Patient) => Finding[] | Promise<Finding[]>) {
  return async (patient: Patient): Promise<Finding[]> => {
    const kept = patient.roles.filter(({ folder }) => existsSync(folder));
    if (kept.length === 0) return [skip("no role has data on this network yet")];
    const several = patient.roles.length > 1;
    const findings = await Promise.all(
      kept.map(async (data) =>
        (await look(data, patient)).map((one) => (several ? { ...one, says: `${data.role}: ${one.says}` } : one)),
      ),
    );
    return findings.flat();
  };
}

export const seedCheck: Check = {
  name: "seed",
  summary: "there is one, and it is under a passphrase",
  run: ofEachRole(({ folder, role }, { network }) => {
    const state = seedState(folder);
    const command = `peer-stables keys protect --role ${role} --network ${network}`;
    switch (state.kind) {
      case "none":
        return [skip("made at the first start")];
      case "lost":
        return [fail(`${state.database} is there and its seed is not`, "keys restore takes the words of it")];
      case "plain":
        return [warn(`${state.path} is not under a passphrase: whoever reads it can spend`, command)];
      case "sealed":
        if (state.leftover) return [warn(`the plain seed still lies beside ${state.path}`, command)];
        return [ok("under a passphrase")];
    }
  }),
};

export const ledgerCheck: Check = {
  name: "ledger",
  summary: "its version, SQLite's own checks, every row against its digest, the audit chain",
  run: ofEachRole(async ({ folder }) => {
    const path = join(folder, "ledger.sqlite");
    if (!existsSync(path)) return [skip("made at the first start")];
    const newest = migrations.at(-1)?.version ?? 0;
    let version: number | undefined;
    try {
      version = inspect(path, migrations, 2_000);
    } catch (error) {
      const { code, message } = storeErrorOf(error, path);
      if (code === "database_newer") return [fail(message, "update peer-stables")];
      const remedy = "put a backup in its place; nothing writes to it meanwhile";
      return [fail(code === "database_corrupt" ? `${path} is damaged (${message})` : message, remedy)];
    }
    if (version !== newest) {
      return [ok(`version ${version}; the next start brings it to ${newest} and keeps a copy beside it`)];
    }
    const checked = await checkBackup(path);
    if (!checked.ok) return [fail(checked.problems.join("; "), "put a backup in its place before the next start")];
    const { agreements = 0, settlements = 0, audit = 0 } = checked.rows;
    return [
      ok(`version ${version}: ${agreements} agreements, ${settlements} settlements, ${audit} audit lines, all sound`),
    ];
  }),
};

export const nodeDatabaseCheck: Check = {
  name: "node database",
  summary: "LDK's own: SQLite's checks",
  run: ofEachRole(({ folder }) => {
    const path = join(folder, "ldk_node_data.sqlite");
    if (!existsSync(path)) return [skip("made at the first start")];
    const problem = nodeDatabaseProblem(path);
    if (problem === undefined) return [ok("sound")];
    const remedy = "put a backup of the whole data folder in its place; never an old copy of this file alone";
    return [fail(`${path} is damaged (${problem})`, remedy)];
  }),
};
