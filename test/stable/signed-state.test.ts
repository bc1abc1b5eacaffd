import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { stateText } from "../../src/stable/canonical.ts";
import { readState } from "../../src/stable/signed-state.ts";
import { signedMsat } from "../../src/stable/units.ts";
import { agreement } from "./samples.ts";

describe("a signed state", () => {
  test("is read back as it was written, a negative backing0 too", () => {
    for (const backing0Msat of [signedMsat(0n), signedMsat(-20_000_000n), signedMsat(7n)]) {
      const text = stateText({ ...agreement("receiver"), backing0Msat });
      const read = readState(text);
      if (read === undefined) throw new Error("not read");
      expect(stateText(read)).toBe(text);
      expect(read.backing0Msat).toBe(backing0Msat);
    }
  });

  test("in any other spelling is none", () => {
    const text = stateText(agreement("receiver"));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(" ", "0", '"', "}", "-", "a", "A"), (place, character) => {
        const changed = text.slice(0, place) + character + text.slice(place + 1);
        const read = readState(changed);
        expect(read === undefined || stateText(read) === changed).toBe(true);
      }),
    );
    for (const other of ["", "{}", "null", `${text} `, text.replace(",", ", "), text.replace('"USD"', '"EUR"')]) {
      expect(readState(other)).toBeUndefined();
    }
  });
});
