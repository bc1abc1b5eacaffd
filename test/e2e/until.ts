/** Waits for a condition of something outside this process: looked at every 20 ms. @throws after `patienceMs` */
export async function until(condition: () => Promise<boolean>, patienceMs = 60_000): Promise<void> {
  for (const deadline = Date.now() + patienceMs; !(await condition()); await Bun.sleep(20)) {
    if (Date.now() > deadline) throw new Error(`not within ${patienceMs / 1000} s: ${condition.toString()}`);
  }
}
