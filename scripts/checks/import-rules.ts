/** Which part of src/ may import what: the direction of imports, in one table. */

/** A file or, ending in a slash, a folder. */
type Place = string;

interface Area {
  place: Place;
  /** What it may import besides itself and `common`. */
  may: readonly Place[];
  /** What it may import as types only. */
  mayTypes?: readonly Place[];
  /** Modules from outside that others may not use, or "any". */
  outside: readonly string[];
}

/** Seen by everyone: they import nothing but each other. */
const common: readonly Place[] = [
  "src/errors.ts",
  "src/clock.ts",
  "src/token-bucket.ts",
  "src/durable-file.ts",
  "src/stable/units.ts",
];

/** The core decides about money and must replay bit for bit: hashing is the one thing it takes from the platform. */
const pure = ["zod", "node:crypto"];
const files = ["zod", "node:crypto", "node:fs", "node:os", "node:path", "node:url"];

const areas: readonly Area[] = [
  { place: "src/errors.ts", may: [], outside: [] },
  { place: "src/clock.ts", may: [], outside: [] },
  { place: "src/token-bucket.ts", may: [], outside: [] },
  { place: "src/durable-file.ts", may: [], outside: ["node:fs"] },
  { place: "src/node/", may: [], mayTypes: ["src/stable/"], outside: [] },
  { place: "src/stable/", may: ["src/node/held.ts"], mayTypes: ["src/node/port.ts"], outside: pure },
  {
    place: "src/engine/",
    may: ["src/stable/", "src/node/in-flight.ts", "src/node/closure.ts"],
    mayTypes: ["src/node/port.ts", "src/price/port.ts"],
    outside: pure,
  },
  { place: "src/backtest/", may: ["src/stable/", "src/price/"], outside: [...files, "node:util"] },
  { place: "src/price/", may: [], mayTypes: ["src/stable/"], outside: files },
  { place: "src/keys/", may: ["src/commands/nearest.ts"], outside: [...files, "@scure/bip39"] },
  {
    place: "src/backup/",
    may: ["src/store/", "src/keys/"],
    mayTypes: ["src/node/port.ts"],
    outside: [...files, "bun:sqlite"],
  },
  {
    place: "src/lsp/",
    may: ["src/stable/integers.ts", "src/node/anchor-reserve.ts"],
    mayTypes: ["src/stable/"],
    outside: [],
  },
  { place: "src/lsps1/", may: ["src/lsps2/forms.ts"], outside: pure },
  {
    place: "src/lsps2/",
    may: [],
    mayTypes: ["src/node/port.ts", "src/stable/"],
    outside: [...pure, "@noble/curves"],
  },
  {
    place: "src/ffi/",
    may: ["src/node/"],
    mayTypes: ["src/stable/"],
    outside: [...files, "bun:ffi", "node:net", "node:stream"],
  },
  {
    place: "src/store/",
    may: ["src/stable/canonical.ts"],
    mayTypes: ["src/stable/", "src/node/port.ts"],
    outside: [...files, "bun:sqlite"],
  },
  {
    place: "src/commands/",
    may: ["src/node/", "src/lsp/token.ts", "src/lsps1/", "src/lsps2/"],
    mayTypes: ["src/stable/", "src/engine/port.ts", "src/price/port.ts", "src/lsp/"],
    outside: [...pure, "node:util"],
  },
  {
    place: "src/script/",
    may: ["src/commands/", "src/node/"],
    mayTypes: ["src/stable/", "src/price/port.ts"],
    outside: pure,
  },
  {
    place: "src/control/",
    may: ["src/commands/", "src/script/", "src/node/"],
    mayTypes: ["src/stable/"],
    outside: ["zod", "node:fs", "node:net", "node:os", "node:path"],
  },
  {
    place: "src/service/",
    may: ["src/commands/", "src/ffi/redact.ts"],
    mayTypes: ["src/node/port.ts", "src/script/stage.ts"],
    outside: ["zod", "node:fs"],
  },
  {
    place: "src/tui/",
    may: ["src/commands/"],
    mayTypes: ["src/stable/", "src/price/port.ts", "src/node/port.ts"],
    outside: ["any"],
  },
  {
    place: "src/config/",
    may: ["src/commands/amounts.ts", "src/commands/nearest.ts", "src/lsp/token.ts", "src/price/", "src/stable/"],
    mayTypes: ["src/ffi/config.ts", "src/node/port.ts", "src/lsp/"],
    outside: files,
  },
  {
    place: "src/doctor/",
    may: ["src/config/", "src/control/socket-path.ts", "src/ffi/", "src/keys/", "src/price/", "src/store/"],
    mayTypes: ["src/node/port.ts"],
    outside: [...files, "node:net", "node:tls"],
  },
  { place: "src/app/", may: ["src/"], outside: ["any"] },
  { place: "src/main.tsx", may: ["src/app/"], outside: [] },
];

export interface Import {
  /** As written, or for one of ours the path from the root. */
  target: string;
  typesOnly: boolean;
  line: number;
}

const isIn = (file: string, place: Place): boolean => (place.endsWith("/") ? file.startsWith(place) : file === place);

function namesOnlyTypes(clause: string): boolean {
  if (/^type\s/.test(clause)) return true;
  const names = /^\{([\s\S]*)\}$/
    .exec(clause)?.[1]
    ?.split(",")
    .map((name) => name.trim());
  return names?.filter(Boolean).every((name) => name.startsWith("type ")) ?? false;
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith(".") ? new URL(specifier, `file:///${from}`).pathname.slice(1) : specifier;
}

/** The imports and re-exports of a source text, static and dynamic; `file` is its path from the root. */
export function readImports(file: string, text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s+([^"';=()]*?)\s*from\s+"([^"]+)"/gm);
  const bare = text.matchAll(/^import\s+()"([^"]+)"|\bimport\(\s*"([^"]+)"/gm);
  return [...statements, ...bare].map((match) => ({
    target: resolve(file, match[2] ?? match[3] ?? ""),
    typesOnly: namesOnlyTypes(match[1] ?? ""),
    line: text.slice(0, match.index).split("\n").length,
  }));
}

function problemWith(area: Area, { target, typesOnly }: Import): string | undefined {
  const ours = target.startsWith("src/");
  if (!ours) {
    const known =
      area.outside.includes("any") || area.outside.some((name) => target === name || target.startsWith(`${name}/`));
    return known ? undefined : `${area.place} may not use ${target}`;
  }
  if ([area.place, ...common, ...area.may].some((place) => isIn(target, place))) return undefined;
  if (!area.mayTypes?.some((place) => isIn(target, place))) return `${area.place} may not import ${target}`;
  return typesOnly ? undefined : `${area.place} may import only types of ${target}`;
}

/** What is wrong with the imports of one file of src/, a line of text each: `file:line: what`. */
export function importProblems(file: string, text: string): string[] {
  const area = areas.find(({ place }) => isIn(file, place));
  if (!area) return [`${file}:1: belongs to no area of scripts/checks/import-rules.ts; add it there`];
  return readImports(file, text).flatMap((found) => {
    const problem = problemWith(area, found);
    return problem ? [`${file}:${found.line}: ${problem}`] : [];
  });
}
