/** Points in time as one value for each column of a chart. */
import type { Point } from "./state.ts";

/**
 * The value that held at the end of each slot, from the first known one on. Slots begin at multiples of their width,
 * so that a chart moves a step at a time and not with every frame; the last one is what holds now.
 *
 * @param now steady milliseconds
 */
export function slots(points: readonly Point[], now: number, rangeSeconds: number, count: number): number[] {
  const values: number[] = [];
  const width = (rangeSeconds * 1000) / count;
  const last = Math.ceil(now / width);
  let at = 0;
  let value: number | undefined;
  for (let slot = last - count + 1; slot <= last; slot += 1) {
    for (let point = points[at]; point !== undefined && point.at <= slot * width; point = points[at]) {
      value = point.value;
      at += 1;
    }
    if (value !== undefined) values.push(value);
  }
  return values;
}
