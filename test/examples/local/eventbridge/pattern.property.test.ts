import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inCidrBlock, parseCidr, parseIpAddress } from "../../../../examples/local/eventbridge/ip-address.ts";
import { compilePattern, PatternError } from "../../../../examples/local/eventbridge/pattern.ts";

const scalar = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const { event } = fc.letrec<{ event: Record<string, unknown>; node: unknown }>((tie) => ({
  event: fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), tie("node"), { minKeys: 1, maxKeys: 4 }),
  node: fc.oneof({ maxDepth: 3 }, scalar, tie("event"), fc.array(tie("node"), { maxLength: 3 })),
}));

/** The pattern of one leaf for each field; of arrays, the first element's. Undefined when there is no leaf. */
function patternOf(value: unknown): unknown {
  if (Array.isArray(value)) return patternOf(value[0]);
  if (typeof value !== "object" || value === null) return value === undefined ? undefined : [value];
  const entries = Object.entries(value)
    .map(([key, inner]) => [key, patternOf(inner)])
    .filter(([, inner]) => inner !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

describe("patterns, for any event", () => {
  test("the exact values of an event's first elements always match it", () => {
    fc.assert(
      fc.property(event, (value) => {
        const pattern = patternOf(value);
        fc.pre(pattern !== undefined && !JSON.stringify(value).includes('"$or"'));
        const dotted = JSON.stringify(value).includes(".");
        fc.pre(!dotted);
        expect(compilePattern(pattern)(value)).toBe(true);
      }),
    );
  });

  test("exists false is the opposite of exists true", () => {
    fc.assert(
      fc.property(event, fc.string({ minLength: 1, maxLength: 2 }), (value, name) => {
        fc.pre(name !== "$or");
        const there = compilePattern({ [name]: [{ exists: true }] })(value);
        expect(compilePattern({ [name]: [{ exists: false }] })(value)).toBe(!there);
      }),
    );
  });

  const word = fc.string({ unit: fc.constantFrom("a", "b", "A", "ß", "*"), maxLength: 6 });
  const part = fc.string({ unit: fc.constantFrom("a", "b", "A", "ß"), minLength: 1, maxLength: 2 });

  test.each(["prefix", "suffix", "equals-ignore-case"])(
    "anything-but %s is the opposite for strings",
    (operator) => {
      fc.assert(
        fc.property(word, part, (v, operand) => {
          const matches = compilePattern({ v: [{ [operator]: operand }] });
          const differs = compilePattern({ v: [{ "anything-but": { [operator]: operand } }] });
          expect(differs({ v })).toBe(!matches({ v }));
        }),
      );
    },
  );

  test("anything-but is the opposite of a list of exact values", () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), word, (list, v) => {
        expect(compilePattern({ v: [{ "anything-but": list }] })({ v })).toBe(
          !compilePattern({ v: list })({ v }),
        );
      }),
    );
  });

  test("a wildcard agrees with the obvious, slow definition", () => {
    const naive = (pattern: string, text: string): boolean => {
      if (pattern === "") return text === "";
      if (pattern.startsWith("*")) {
        return naive(pattern.slice(1), text) || (text !== "" && naive(pattern, text.slice(1)));
      }
      return pattern[0] === text[0] && naive(pattern.slice(1), text.slice(1));
    };
    const pattern = fc
      .string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 7 })
      .map((p) => p.replace(/\*+/g, "*"));
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 9 }), (wildcard, v) => {
        expect(compilePattern({ v: [{ wildcard }] })({ v })).toBe(naive(wildcard, v));
      }),
      { numRuns: 500 },
    );
  });

  test("a numeric range agrees with its two comparisons", () => {
    const number = fc.integer({ min: -3, max: 3 });
    fc.assert(
      fc.property(
        number,
        number,
        number,
        fc.constantFrom(">", ">="),
        fc.constantFrom("<", "<="),
        (v, a, b, low, high) => {
          fc.pre(a < b);
          const both = [
            [low, a],
            [high, b],
          ].every((numeric) => compilePattern({ v: [{ numeric }] })({ v }));
          expect(compilePattern({ v: [{ numeric: [low, a, high, b] }] })({ v })).toBe(both);
        },
      ),
    );
  });

  test("$or matches when one of its choices does", () => {
    fc.assert(
      fc.property(event, scalar, scalar, (value, x, y) => {
        const either = compilePattern({ $or: [{ a: [x] }, { b: [y] }] })(value);
        expect(either).toBe(compilePattern({ a: [x] })(value) || compilePattern({ b: [y] })(value));
      }),
    );
  });

  test("fields of an array of objects match when one element does alone", () => {
    const element = fc.record(
      { x: fc.integer({ min: 0, max: 2 }), y: fc.integer({ min: 0, max: 2 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(element, { maxLength: 5 }), (items) => {
        const matches = compilePattern({ items: { x: [1], y: [1] } });
        expect(matches({ items })).toBe(items.some((items) => matches({ items })));
      }),
    );
  });

  test("no pattern and no event makes it throw anything but a PatternError", () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (pattern, value) => {
        try {
          compilePattern(pattern)(value);
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError);
        }
      }),
    );
  });
});

describe("IP addresses", () => {
  test("an address is in the blocks that share its first bits, and in no other", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 31 }), (base, other, mask) => {
        const bits = (ip: string): string =>
          ip
            .split(".")
            .map((byte) => Number(byte).toString(2).padStart(8, "0"))
            .join("");
        const block = parseCidr(`${base}/${mask}`);
        const address = parseIpAddress(other);
        if ("wrong" in block || address === undefined) throw new Error(`not read: ${base}/${mask}, ${other}`);
        expect(inCidrBlock(block, address)).toBe(bits(base).slice(0, mask) === bits(other).slice(0, mask));
      }),
    );
  });

  test("every IPv6 address is read as the eight groups it stands for", () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group, group, group, group), (groups) => {
        const text = groups.map((value) => value.toString(16)).join(":");
        const squeezed = text.replace(/(^|:)0(:0)+(:|$)/, "::");
        expect(parseIpAddress(squeezed)).toEqual(parseIpAddress(text));
        expect(parseIpAddress(text)).toBeDefined();
      }),
    );
  });
});
