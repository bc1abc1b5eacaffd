import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Json } from "../../src/commands/view.ts";
import { follow, parsePath } from "../../src/script/path.ts";

const word = (text: string) => ({ text, column: 7, quoted: false, literal: false });
const walk = (result: Json, path: string) => follow(result, parsePath(word(path)));

const result = {
  channels: [
    { channel_ready: true, id: "ab" },
    { id: "cd", alias: null },
  ],
  height: 5,
};

describe("paths", () => {
  test.each([
    [".height", 5],
    [".channels[0].channel_ready", true],
    [".channels[1].alias", null],
    [".channels[1]", { id: "cd", alias: null }],
  ])("%s", (path, value) => {
    expect(walk(result, path)).toEqual({ ok: true, value });
  });

  test.each([
    [".channels[2].id", "there is no .channels[2]: .channels has 2 entries"],
    [".chanels", "there is no .chanels: the result has channels, height"],
    [".channels.id", "there is no .channels.id: .channels has 2 entries"],
    [".height[0]", "there is no .height[0]: .height is 5"],
    [".channels[1].alias.x", "there is no .channels[1].alias.x: .channels[1].alias is null"],
    [".constructor", "there is no .constructor: the result has channels, height"],
    [".__proto__", "there is no .__proto__: the result has channels, height"],
  ])("%s ends early, and says where", (path, why) => {
    expect(walk(result, path)).toEqual({ ok: false, why });
  });

  test.each([".", "..a", ".a[", ".a[-1]", ".a[x]", ".a b", "a.b", ".a.", ".1", ""])("%p is no path", (text) => {
    expect(() => parsePath(word(text))).toThrow("is no path; expected a path such as .channels[0].channel_ready.");
  });

  test("any value is found by the path that leads to it", () => {
    const step = fc.oneof(fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/), fc.nat(9));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), fc.integer(), (steps, value) => {
        const whole = steps.reduceRight<Json>(
          (inner, s) => (typeof s === "number" ? [...Array.from({ length: s }, () => null), inner] : { [s]: inner }),
          value,
        );
        const text = ["", ...steps.map((s) => (typeof s === "number" ? `[${s}]` : `.${s}`))].join("");
        if (text.startsWith(".")) expect(walk(whole, text)).toEqual({ ok: true, value });
      }),
    );
  });
});
