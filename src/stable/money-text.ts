/** Amounts in sentences. Exact: nothing is rounded but what the caller rounded before. */
import { MICRO_PER_USD } from "./units.ts";

/** Micro-dollars as "$1,234.56", with more than two decimals only where there are any. */
export function usdText(value: bigint): string {
  const sign = value < 0n ? "-" : "";
  const absolute = value < 0n ? -value : value;
  const whole = (absolute / MICRO_PER_USD).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const decimals = (absolute % MICRO_PER_USD)
    .toString()
    .padStart(6, "0")
    .replace(/0{1,4}$/, "");
  return `${sign}$${whole}.${decimals}`;
}
