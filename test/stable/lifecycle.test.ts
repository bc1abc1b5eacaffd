import { describe, expect, test } from "bun:test";
import type { AgreementStatus } from "../../src/stable/agreement.ts";
import {
  eventNames,
  type LifecycleEvent,
  lifecycle,
  lifecycleDiagram,
  lifecycleEffects,
  statusNames,
  transition,
} from "../../src/stable/lifecycle.ts";

function eventsOf(status: AgreementStatus): LifecycleEvent[] {
  return eventNames.filter((event) => transition(status, event) !== undefined);
}

/** Every status that can be reached from one. */
function reachable(from: AgreementStatus, seen: ReadonlySet<AgreementStatus> = new Set()): Set<AgreementStatus> {
  const next = eventNames.flatMap((event) => transition(from, event)?.to ?? []).filter((to) => !seen.has(to));
  return next.reduce((all, to) => (all.has(to) ? all : reachable(to, all.add(to))), new Set(seen));
}

test("an agreement lives and ends", () => {
  const path: readonly [LifecycleEvent, AgreementStatus][] = [
    ["accepted", "active"],
    ["shortfall", "underwater"],
    ["covered", "active"],
    ["unpaid", "frozen"],
    ["settled", "active"],
    ["disputed", "frozen"],
    ["agreed", "active"],
    ["end_proposed", "ending"],
    ["end_refused", "active"],
    ["end_proposed", "ending"],
    ["end_agreed", "ended"],
  ];
  let status: AgreementStatus = "proposed";
  for (const [event, to] of path) {
    status = transition(status, event)?.to ?? "proposed";
    expect(status).toBe(to);
  }
});

describe("every status", () => {
  test.each(["underwater", "frozen", "ending"] as const)("%s can recover to active by one event", (status) => {
    expect(eventNames.some((event) => transition(status, event)?.to === "active")).toBe(true);
  });

  test.each(statusNames.filter((status) => status !== "ended"))("%s can end", (status) => {
    expect(reachable(status).has("ended")).toBe(true);
  });

  test.each(["active", "underwater", "frozen", "ending"] as const)(
    "%s survives the loss of all channels: it ends",
    (status) => {
      expect(transition(status, "channels_gone")?.to).toBe("ended");
      expect(transition(status, "channels_gone")?.effects).toContain("keep_evidence");
    },
  );

  test("but ended knows no way on save that the end itself lapsed, and nothing is binding before both signed", () => {
    expect(Object.keys(lifecycle.ended)).toEqual(["end_lapsed"]);
    expect(eventsOf("proposed").sort()).toEqual(["accepted", "channels_gone", "refused"]);
  });
});

test("what means nothing in a status changes nothing", () => {
  expect(transition("active", "accepted")).toBeUndefined();
  expect(transition("proposed", "unpaid")).toBeUndefined();
  expect(transition("frozen", "shortfall")).toBeUndefined();
});

test("every event leads somewhere, every effect is used", () => {
  expect([...new Set(statusNames.flatMap(eventsOf))].sort()).toEqual([...eventNames].sort());
  const used = statusNames.flatMap((s) =>
    eventsOf(s).flatMap((event): string[] => [...(transition(s, event)?.effects ?? [])]),
  );
  expect([...new Set(used)].sort()).toEqual(Object.keys(lifecycleEffects).sort());
});

test("the diagram has every edge of the table, and the protocol's page shows it", async () => {
  const diagram = lifecycleDiagram();
  for (const from of statusNames) {
    for (const event of eventsOf(from)) {
      const to = transition(from, event)?.to;
      expect(diagram).toMatch(new RegExp(`^ {4}${from} --> ${to}: .*\\b${event}\\b`, "m"));
    }
  }
  expect(await Bun.file(new URL("../../docs/protocol.md", import.meta.url)).text()).toContain(diagram);
});
