import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { viewLines, visible } from "../../src/commands/text.ts";
import { cardView, grouped, labelOf, resultView, tableView } from "../../src/commands/view.ts";

const plain = { color: false };

describe("amounts as people read them", () => {
  test("the unit is the end of the name, the label is the rest", () => {
    expect(
      viewLines(
        cardView({
          capacity_sat: "1234567",
          fee_paid_msat: "1001",
          outbound_msat: "-5000",
          tiny_msat: "1",
          target_usd: "4.000000",
          value_usd: "-1234.500100",
          covered_drop_bps: 5012,
          elapsed_ms: 1500,
          expires_at: "2026-01-01T00:00:00Z",
          synced: true,
          alias: null,
          listen: ["a:1", "b:2"],
        }),
        plain,
      ),
    ).toEqual([
      "capacity      1,234,567 sat",
      "fee paid      1.001 sat",
      "outbound      -5 sat",
      "tiny          0.001 sat",
      "target        $4.00",
      "value         -$1,234.5001",
      "covered drop  50.12 %",
      "elapsed       1,500 ms",
      "expires at    2026-01-01T00:00:00Z",
      "synced        yes",
      "alias         –",
      "listen        a:1, b:2",
    ]);
    expect(labelOf("last_settlement_at")).toBe("last settlement at");
  });

  test("the same thing in two units shares a line", () => {
    expect(viewLines(cardView({ stable_usd: "4.000000", stable_sat: "4000" }), plain)).toEqual([
      "stable  $4.00 · 4,000 sat",
    ]);
  });

  test("grouping loses no digit", () => {
    fc.assert(
      fc.property(fc.bigInt(), (n) => {
        expect(grouped(`${n}`).replaceAll(",", "")).toBe(`${n}`);
      }),
    );
  });
});

describe("tables", () => {
  test("columns line up by what a terminal shows, numbers to the right, long ids cut", () => {
    const rows = [
      { channel_id: "ab".repeat(32), alias: "⚡漢字", capacity_sat: "5" },
      { channel_id: "cd".repeat(32), alias: "lsp", capacity_sat: "50000" },
    ];
    const lines = viewLines(tableView(rows, "none"), plain);
    expect(lines).toEqual([
      "channel id     alias     capacity",
      "abababababab…  ⚡漢字       5 sat",
      "cdcdcdcdcdcd…  lsp     50,000 sat",
    ]);
    expect(new Set(lines.slice(1).map((line) => Bun.stringWidth(line))).size).toBe(1);
  });

  test("ids are whole outside of tables", () => {
    expect(viewLines(cardView({ channel_id: "ab".repeat(32) }), plain)).toEqual([`channel id  ${"ab".repeat(32)}`]);
  });

  test("an empty one says so", () => {
    expect(viewLines(resultView({ peers: [] }), plain)).toEqual(["no peers"]);
  });

  test("fields stand over the lists of the same result", () => {
    expect(viewLines(resultView({ sources: [{ name: "kraken" }], price_usd: "1.000000" }), plain)).toEqual([
      "price  $1.00",
      "name",
      "kraken",
    ]);
  });
});

describe("text from elsewhere", () => {
  const evil = "\u001b[2Jlsp\u202egnp\u0007\u200b\u009b31m\u2028";

  test("controls, bidi and invisible characters are written out", () => {
    expect(visible(evil)).toBe("\\u{1b}[2Jlsp\\u{202e}gnp\\u{7}\\u{200b}\\u{9b}31m\\u{2028}");
    expect(visible("é漢⚡ plain")).toBe("é漢⚡ plain");
  });

  test("none reaches the terminal from any kind of view, with colours or without", () => {
    const views = [
      cardView({ alias: evil }),
      tableView([{ alias: evil }], ""),
      { kind: "lines" as const, lines: [evil] },
      resultView({ alias: evil, peers: [{ alias: evil }] }),
    ];
    for (const view of views) {
      for (const color of [true, false]) {
        const bare = Bun.stripANSI(viewLines(view, { color }).join(""));
        expect(visible(bare)).toBe(bare);
      }
    }
  });

  test("no colours, no escape sequences", () => {
    expect(viewLines(cardView({ alias: "x" }), { color: true }).join("")).toContain("\u001b[");
    expect(viewLines(cardView({ alias: "x" }), plain).join("")).not.toContain("\u001b");
  });
});
