/** Points in time: kept as finely as a chart of their age can show, and as one value for each of its columns. */
import { type Point, ranges } from "./state.ts";

/** Columns of half a cell in the widest chart that is drawn exactly. */
const COLUMNS = 240;
/** Points nearer than this are one: the screen reads no more often. */
const FINEST_MS = 500;
/** About a third more than the ranges need, so that thinning is seldom. */
const MOST_POINTS = 1_000;

/**
 * The series with what holds from now on. At most a thousand points, however long it runs: of what is older than a
 * range no more are kept than the next longer one has columns.
 *
 * @param at steady milliseconds, no earlier than the last point
 * @returns the same array where nothing moved: one point stands for all that time
 */
export function grown(points: readonly Point[], at: number, value: number): readonly Point[] {
  const last = points.at(-1);
  if (last !== undefined && last.value === value) return points;
  if (last !== undefined && at - last.at < FINEST_MS) return [...points.slice(0, -1), { at: last.at, value }];
  const next = [...points, { at, value }];
  return next.length > MOST_POINTS ? thinned(next, at) : next;
}

function thinned(points: readonly Point[], now: number): Point[] {
  const kept: Point[] = [];
  let newer = Number.POSITIVE_INFINITY;
  for (const point of points.toReversed()) {
    const range = ranges.find((seconds) => now - point.at <= seconds * 1000);
    if (range === undefined || newer - point.at >= (range * 1000) / COLUMNS) {
      kept.push(point);
      newer = point.at;
    }
    // The one point from before the longest range says what held when it began.
    if (range === undefined) break;
  }
  return kept.reverse();
}

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
