/** Refuses a dependency whose licence asks more of users than MIT does. Exit code 1 with the list of those. */
import { dirname } from "node:path";
import { isAllowed } from "./licence-terms.ts";
import { bunDependencies, cargoDependencies } from "./locked-packages.ts";

const root = dirname(dirname(import.meta.dir));
const dependencies = [...bunDependencies(root), ...cargoDependencies(root)];
const refused = dependencies.filter(({ licence }) => licence === undefined || !isAllowed(licence));
const lines = refused.map(({ name, version, licence }) => `${name} ${version}: ${licence ?? "names no licence"}`);
process.stdout.write(`${[...lines, `${dependencies.length} packages, ${refused.length} refused`].join("\n")}\n`);
process.exit(refused.length > 0 ? 1 : 0);
