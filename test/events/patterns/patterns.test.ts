import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { automatonFor } from "../../../src/events/patterns/judge.ts";
import { matcher } from "../../../src/events/patterns/matcher.ts";

// Long strings, on machines that have other work.
vi.setConfig({ testTimeout: 60_000 });

/** As a validator matches: through JSON, as compiled files hold it. */
function matched(source: string): { test(text: string): boolean } {
  const automaton = automatonFor(source, "u");
  return matcher(
    source,
    "u",
    automaton === undefined ? {} : JSON.parse(JSON.stringify({ [source]: automaton })),
  );
}

function howMatched(source: string): string {
  const automaton = automatonFor(source, "u");
  if (automaton === undefined) return "by RegExp";
  return automaton.maxLength === undefined ? "by an automaton" : `by RegExp, up to ${automaton.maxLength}`;
}

describe("a pattern through which RegExp goes straight is left to it", () => {
  test.each([
    "^o-[0-9]+$",
    "^[A-Z]{2}[0-9]{2}$",
    "^[a-z0-9-]+(\\.[a-z0-9-]+)*$",
    "world",
    "^(?:EUR|USD)$",
    "^\\p{Lu}\\d*$",
    "^(?!aws\\.).+$",
    "^(?=.*\\d)[a-z\\d]{8,}$",
    "^a|b$",
    "^.{1,255}$",
    "\\bfoo\\b",
    "",
  ])("%s", (source) => expect(howMatched(source)).toBe("by RegExp"));
});

describe("one that RegExp could go back through for long is an automaton", () => {
  test.each([
    "^(a+)+$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "^(a*)*$",
    "^(a(b?|c?))*$",
    "^(a?b?)*$",
    "(x+x+)+y",
    "a+b",
    "^\\s*.*\\s*$",
    "^([a-z]+-)*[a-z]+$",
    "^(a{1,5}){1,50}$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
  ])("%s", (source) => expect(howMatched(source)).toBe("by an automaton"));
});

test("where assertions forbid an automaton, and the time grows with a power of the length, strings are short", () => {
  expect(howMatched("^(?!x).*a.*b$")).toBe("by RegExp, up to 3162");
  expect(howMatched("(?!x).*a.*b")).toBe("by RegExp, up to 215");
  const limited = matched("^(?!x).*a.*b$");
  expect(limited.test("cacb")).toBe(true);
  expect(() => limited.test("a".repeat(4_000))).toThrow("longer than the 3162 characters");
});

describe("one for which no bound is known is refused, with what it has", () => {
  test.each([
    ["^(.)\\1$", "a back reference"],
    ["^(?<a>.)\\k<a>$", "a back reference"],
    ["^(?=(a+)+$)b", "lookaround"],
    ["^(?!x)(a|a)*$", "lookaround"],
    ["(?<=(a+)+)b", "lookaround"],
    ["\\b(\\w+\\s?)*$", "lookaround"],
    ["^(?!x)(a|a){30}$", "lookaround"],
    ["^(a{1,100}){1,100}$", "too many repetitions"],
  ])("%s", (source, what) => {
    expect(() => automatonFor(source, "u")).toThrow(what);
  });

  test("and the message is no longer than it need be", () => {
    const source = `^(?=(a+)+$)${"b".repeat(10_000)}`;
    expect(() => automatonFor(source, "u")).toThrow(/^.{1,400}$/);
  });
});

test("what is no pattern is told as RegExp tells it", () => {
  expect(() => automatonFor("(", "u")).toThrow(SyntaxError);
});

test("a million characters take a moment, whatever the pattern", () => {
  const hostile = [
    "^(a+)+$",
    "^(a|aa)+$",
    "(x+x+)+y",
    "a+b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "^([a-z]+-)*[a-z]+$",
  ];
  // With RegExp this would not end.
  for (const source of hostile) {
    for (const text of ["a", "x", "ax"]) expect(matched(source).test(`${text.repeat(500_000)}!`)).toBe(false);
  }
});

/** Patterns out of the grammar, over few characters so that strings often match. */
const characters = fc.constantFrom(
  "a",
  "b",
  "-",
  ".",
  "\\d",
  "\\w",
  "\\s",
  "\\.",
  "[ab]",
  "[^a]",
  "[a-c-]",
  "\\u{1F600}",
  "1",
);
const pattern = fc.letrec<{ any: string; group: string }>((tie) => ({
  group: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    characters,
    fc
      .tuple(fc.constantFrom("(", "(?:", "(?<n>"), tie("any"))
      .map(([open, inner]) => `${open}${inner.replaceAll("?<n>", "?:")})`),
  ),
  any: fc
    .array(
      fc
        .array(
          fc.tuple(
            tie("group"),
            fc.constantFrom("", "", "*", "+", "?", "*?", "{2}", "{1,2}", "{1,}", "{0,3}?"),
          ),
          {
            maxLength: 4,
          },
        )
        .map((parts) => parts.map(([part, repeat]) => part + repeat).join("")),
      { minLength: 1, maxLength: 2 },
    )
    .map((alternatives) => alternatives.join("|")),
}));
const anchored = fc
  .tuple(fc.constantFrom("", "^"), pattern.any, fc.constantFrom("", "$"))
  .map(([start, inner, end]) => `${start}${inner}${end}`);
const text = fc.string({
  unit: fc.constantFrom("a", "b", "c", "-", ".", "1", " ", "\n", "😀", "\ud83d"),
  maxLength: 8,
});

test("every way of matching agrees with RegExp", () => {
  fc.assert(
    fc.property(anchored, fc.array(text, { minLength: 1, maxLength: 10 }), (source, texts) => {
      fc.pre(source.split("(?<n>").length < 3);
      const expression = new RegExp(source, "u");
      const ours = matched(source);
      for (const one of texts)
        expect(ours.test(one), `${source} on ${JSON.stringify(one)}`).toBe(expression.test(one));
    }),
    // Always the same: RegExp, which is asked as well, takes for ever over some patterns and texts.
    { numRuns: 600, seed: 7 },
  );
});

test("what is left to RegExp goes straight through it: no string takes long", () => {
  fc.assert(
    fc.property(anchored, fc.constantFrom("a", "b", "ab", "a-", "1"), (source, part) => {
      fc.pre(source.split("(?<n>").length < 3 && howMatched(source) === "by RegExp");
      // If it were exponential, this would never end.
      new RegExp(source, "u").test(`${part.repeat(2_000)}!`);
    }),
    { numRuns: 400 },
  );
});
