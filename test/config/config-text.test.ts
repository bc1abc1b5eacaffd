import { expect, test } from "bun:test";
import fc from "fast-check";
import { fileKeys, readConfigFile } from "../../src/config/config-file.ts";
import { configText } from "../../src/config/config-text.ts";
import { settingOf, type Values } from "../../src/config/settings.ts";

const read = (text: string) => readConfigFile("c.toml", () => text);

test("as written nothing is set; every setting is there with what it does", () => {
  const text = configText({});
  expect(read(text)).toMatchObject({ values: {}, sections: {}, problems: [] });
  for (const key of fileKeys) {
    expect(text).toMatch(new RegExp(`^# ${key} = `, "m"));
    expect(text).toContain(`# ${settingOf(key).summary}`);
  }
});

test("with the marks taken away the file is TOML that knows every key", () => {
  const lines = configText({}).replaceAll(/^# (?=[a-z-]+ = )/gm, "");
  expect(read(lines).problems).toEqual([]);
  expect(Object.keys(read(lines).values).sort()).toEqual([...fileKeys].sort());
});

test("what is given is read back as it was", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 }).filter((s) => s.isWellFormed());
  fc.assert(
    fc.property(text, fc.constantFrom("alias", "data-dir", "lsp-token", "listen", "seed"), (value, key) => {
      const values: Values = { [key]: value };
      const found = read(configText(values));
      expect(found.problems).toEqual([]);
      expect(found.values).toEqual(values);
    }),
    { numRuns: 500 },
  );
  const values: Values = { json: "yes", seed: "7", "stable-peers": "a, b", "price-venue": 'x="1"\ny' };
  expect(read(configText(values)).values).toEqual({ ...values, json: "true", "stable-peers": "a,b" });
});
