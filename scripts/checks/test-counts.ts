/** How many tests passed and failed, read from what the test runners print last. */

export interface Counts {
  passed: number;
  failed: number;
  /** Tests that were not run; they count as failed, since nobody knows about them. */
  skipped: number;
}

export type Counting = "check" | "bun" | "cargo";

const sum = (output: string, pattern: RegExp): number =>
  [...output.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
/** bun's summary comes last and once; what a test itself prints may look the same. */
const last = (output: string, pattern: RegExp): number => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);

const readers: Record<Counting, (output: string) => Counts> = {
  check: () => ({ passed: 0, failed: 0, skipped: 0 }),
  bun: (output) => ({
    passed: last(output, /^ +(\d+) pass$/gm),
    failed: last(output, /^ +(\d+) fail$/gm),
    skipped: last(output, /^ +(\d+) skip$/gm) + last(output, /^ +(\d+) todo$/gm),
  }),
  // One line for each test program.
  cargo: (output) => ({
    passed: sum(output, /^test result: \w+\. (\d+) passed;/gm),
    failed: sum(output, /^test result: \w+\. \d+ passed; (\d+) failed;/gm),
    skipped: sum(output, /^test result: \w+\. \d+ passed; \d+ failed; (\d+) ignored;/gm),
  }),
};

/** A step that says it failed has failed, whatever it printed; one without a single test has proved nothing. */
export function countTests(counting: Counting, output: string, exitCode: number): Counts {
  const { passed, failed, skipped } = readers[counting](output);
  if (counting === "check")
    return exitCode === 0 ? { passed: 1, failed: 0, skipped } : { passed: 0, failed: 1, skipped };
  const broken = failed === 0 && (exitCode !== 0 || passed + skipped === 0) ? 1 : 0;
  return { passed, failed: failed + skipped + broken, skipped };
}
