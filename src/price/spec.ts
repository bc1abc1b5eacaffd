/** `--price`: where the price comes from. */
import type { Price } from "../stable/units.ts";
import { formatPrice, parsePrice } from "./decimal.ts";
import { PriceError } from "./errors.ts";
import { isScenarioName, type ScenarioName, scenarioNames } from "./scenarios.ts";

export type PriceSpec =
  | { source: "live" }
  | { source: "fixed"; price: Price }
  | { source: "scenario"; name: ScenarioName }
  | { source: "file"; path: string };

const FORMS = "live, fixed=USD, scenario=NAME or file=CSV";

/** @throws PriceError `bad_argument` naming the input and the forms that are understood */
export function parsePriceSpec(text: string): PriceSpec {
  const at = text.indexOf("=");
  const kind = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? undefined : text.slice(at + 1);
  if (kind === "live" && value === undefined) return { source: "live" };
  if (kind === "fixed" && value !== undefined) return { source: "fixed", price: parseFixed(text, value) };
  if (kind === "scenario" && value !== undefined) return { source: "scenario", name: parseScenarioName(value) };
  if (kind === "file" && value !== undefined && value !== "") return { source: "file", path: value };
  throw new PriceError("bad_argument", `price source "${text}" is not known; use ${FORMS}`);
}

function parseFixed(text: string, value: string): Price {
  const parsed = parsePrice(value.replace(/^\$/, ""));
  if (parsed !== undefined) return parsed;
  throw new PriceError(
    "bad_argument",
    `price source "${text}" needs dollars per bitcoin after "fixed=", such as fixed=100000 or fixed=63001.25`,
  );
}

/** @throws PriceError `bad_argument` naming the input and every scenario there is */
export function parseScenarioName(name: string): ScenarioName {
  if (isScenarioName(name)) return name;
  throw new PriceError("bad_argument", `scenario "${name}" is not known; there are ${scenarioNames.join(", ")}`);
}

/** The text that parses back to the same spec. */
export function formatPriceSpec(spec: PriceSpec): string {
  switch (spec.source) {
    case "live":
      return "live";
    case "fixed":
      return `fixed=${formatPrice(spec.price)}`;
    case "scenario":
      return `scenario=${spec.name}`;
    case "file":
      return `file=${spec.path}`;
  }
}
