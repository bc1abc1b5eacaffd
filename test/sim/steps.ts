/** A schedule: what one seed does, step by step. */
import { faultSteps } from "./fault-steps.ts";
import { ownerSteps } from "./owner-steps.ts";
import type { Random } from "./random.ts";
import { type Step as AnyStep, MINUTE, type StepKind } from "./step.ts";
import type { Name, World } from "./world.ts";

const kinds = { ...ownerSteps, ...faultSteps };

export type Kind = keyof typeof kinds;
export type Step = AnyStep<Kind>;

const kindNames = Object.keys(kinds).filter((name): name is Kind => name in kinds);

export function isFault(kind: Kind): boolean {
  return kind in faultSteps;
}

/** The second user, who is not always there, less often than the others. */
const whoever: readonly Name[] = ["user", "user", "lsp", "lsp", "other"];

export function runStep(world: World, step: Step): void {
  const kind: StepKind = kinds[step.kind];
  kind.run(world, world.names.includes(step.who) ? step : { ...step, who: "user" });
}

function pickKind(random: Random, allowed: readonly Kind[]): Kind {
  const total = allowed.reduce((sum, name) => sum + kinds[name].weight, 0);
  let left = random.next() * total;
  for (const name of allowed) {
    left -= kinds[name].weight;
    if (left < 0) return name;
  }
  return "price";
}

function stepOf(random: Random, kind: Kind): Step {
  const made: StepKind = kinds[kind];
  return {
    wait: random.pick([random.int(0, 300), random.int(0, 3_000), random.int(0, 30_000), random.int(0, 3 * MINUTE)]),
    kind,
    who: random.pick(whoever),
    size: made.size?.(random) ?? 0,
    ms: made.ms?.(random) ?? 0,
  };
}

/** What one seed does. A tenth of the schedules have no faults at all. */
export function scheduleOf(random: Random): Step[] {
  const allowed = random.chance(0.1) ? kindNames.filter((kind) => !isFault(kind)) : kindNames;
  const length = random.int(3, 12);
  const steps = Array.from({ length }, () => stepOf(random, pickKind(random, allowed)));
  const first: Step = { ...stepOf(random, "open"), wait: 0 };
  // Mostly the agreement stands before anything goes wrong; sometimes it is what goes wrong.
  return random.chance(0.8)
    ? [first, { ...stepOf(random, "price"), wait: 5_000 }, ...steps]
    : [steps[0] ?? first, first, ...steps.slice(1)];
}
