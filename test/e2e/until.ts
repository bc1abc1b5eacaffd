import { until as soon } from "../support/until.ts";

/** The same for real nodes, whose tests have a minute or more. @throws after `patienceMs` */
export function until(condition: () => Promise<boolean>, patienceMs = 55_000): Promise<void> {
  return soon(condition, patienceMs);
}
