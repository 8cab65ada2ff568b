import fc from "fast-check";

/** A pattern, and events that come near it. */
export interface Case {
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

const NAMES = ["a", "b", "c"];
/** Few letters, so that values and operands meet often; among them some that fold, escape or have two code units. */
const LETTERS = ["a", "b", "A", "B", "0", ".", "*", "\\", "ß", "é", "😀"];
const text = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 5 });
/** Without characters beyond 16 bits: event-ruler lets no such operand of an `equals-ignore-case` match anything. */
const foldable = fc.string({
  unit: fc.constantFrom(...LETTERS.filter((letter) => letter.length === 1)),
  minLength: 1,
  maxLength: 4,
});
const number = fc.oneof(
  fc.integer({ min: -4, max: 4 }),
  fc.constantFrom(-0, 0.5, 1e-6, 1e10, 300, 123_456.789, -5e9, 5e9, 1e15),
);
/** One family a case: event-ruler's ranges of IPv4 addresses also take some IPv6 ones. The last is no address. */
const v4 = fc.oneof(
  fc
    .tuple(fc.constantFrom(0, 10, 192, 255), fc.nat(1), fc.constantFrom(0, 127, 128), fc.nat(255))
    .map((bytes) => bytes.join(".")),
  fc.constantFrom("10.0.0", "10.0.0.256"),
);
const v6 = fc.constantFrom(
  "::1",
  "2001:db8::1",
  "2001:DB8:0:0:0:0:0:1",
  "2001:db8::ffff:1",
  "fe80::",
  "1::2::3",
);
function arbitraries(address: fc.Arbitrary<string>) {
  const scalar = fc.oneof(
    { weight: 5, arbitrary: text },
    { weight: 2, arbitrary: number },
    { weight: 1, arbitrary: fc.constantFrom(null, true, false) },
    { weight: 1, arbitrary: address },
  );

  const listOf = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
    fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }));
  const wildcard = fc.string({ unit: fc.constantFrom("a", "b", "A", "*", "\\*", "\\\\", "ß"), maxLength: 5 });
  const cidr = fc
    .tuple(address, fc.integer({ min: 1, max: 33 }))
    .map(([ip, mask]) => `${ip}/${ip.includes(":") ? mask * 4 : mask}`);
  const numeric = fc.oneof(
    fc.tuple(fc.constantFrom("=", "<", "<=", ">", ">="), number),
    fc.tuple(fc.constantFrom(">", ">="), number, fc.constantFrom("<", "<="), number),
  );

  const alternative = fc.oneof(
    { weight: 4, arbitrary: scalar },
    fc.record({ prefix: text }),
    fc.record({ prefix: fc.record({ "equals-ignore-case": foldable }) }),
    fc.record({ suffix: text }),
    fc.record({ suffix: fc.record({ "equals-ignore-case": foldable }) }),
    fc.record({ "equals-ignore-case": foldable }),
    fc.record({ wildcard }),
    fc.record({ numeric }),
    fc.record({ exists: fc.boolean() }),
    fc.record({ cidr }),
    fc.record({ "anything-but": listOf(text) }),
    fc.record({ "anything-but": listOf(number) }),
    fc
      .constantFrom("prefix", "suffix", "equals-ignore-case")
      .chain((operator) => fc.record({ "anything-but": fc.record({ [operator]: listOf(foldable) }) })),
    fc.record({ "anything-but": fc.record({ wildcard: listOf(wildcard) }) }),
  );

  const name = fc.constantFrom(...NAMES);
  const field = fc.array(alternative, { minLength: 1, maxLength: 3 });
  const { pattern } = fc.letrec<{ pattern: Record<string, unknown>; inner: unknown }>((tie) => ({
    pattern: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      { weight: 4, arbitrary: fc.dictionary(name, tie("inner"), { minKeys: 1, maxKeys: 3 }) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.dictionary(name, tie("inner"), { maxKeys: 2 }),
            fc.array(tie("pattern"), { minLength: 2, maxLength: 3 }),
          )
          .map(([fields, $or]) => ({ ...fields, $or })),
      },
    ),
    inner: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      { weight: 3, arbitrary: field },
      { weight: 1, arbitrary: tie("pattern") },
    ),
  }));

  const { event } = fc.letrec<{ event: Record<string, unknown>; inner: unknown }>((tie) => ({
    event: fc.dictionary(name, tie("inner"), { maxKeys: 3 }),
    inner: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      { weight: 4, arbitrary: scalar },
      { weight: 2, arbitrary: tie("event") },
      { weight: 2, arbitrary: fc.array(tie("inner"), { maxLength: 3 }) },
    ),
  }));

  return { pattern, event };
}

/** Values and operands that the pattern names, so that an event can be made of them. */
function wordsOf(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [value];
  return Object.values(value).flatMap(wordsOf);
}

function firstOf(made: unknown): unknown {
  return Array.isArray(made) ? made[0] : made;
}

/** The event with the pattern's fields in it, each a word of its own alternatives or one of them lengthened. */
function towards(target: unknown, choose: (count: number) => number): unknown {
  if (Array.isArray(target)) {
    const words = wordsOf(target);
    const word = words[choose(words.length)];
    const shape = choose(4);
    if (typeof word !== "string" || shape > 1) return shape === 2 ? [word, "b"] : word;
    return shape === 0 ? `${word.replaceAll("*", "ab")}a` : `a${word.split("/")[0]}`;
  }
  const made: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(target as object)) {
    if (key !== "$or") made[key] = towards(inner, choose);
    else {
      const alternatives = inner as unknown[];
      Object.assign(made, firstOf(towards(alternatives[choose(alternatives.length)], choose)));
    }
  }
  return choose(5) === 0 ? [made, { a: "a" }] : made;
}

const EVENTS = 6;

/** Half the events are random, half are made of the pattern's own words. */
export const cases: fc.Arbitrary<Case> = fc.oneof(...[v4, v6].map((address) => casesWith(address)));

function casesWith(address: fc.Arbitrary<string>): fc.Arbitrary<Case> {
  const { pattern, event } = arbitraries(address);
  const half = { minLength: EVENTS / 2, maxLength: EVENTS / 2 };
  return fc
    .tuple(
      pattern,
      fc.array(event, half),
      fc.array(fc.array(fc.nat(1_000), { minLength: 5, maxLength: 20 }), half),
    )
    .map(([pattern, random, choices]) => {
      const near = choices.map((list) => {
        let at = 0;
        const made = towards(pattern, (count) => (list[at++ % list.length] ?? 0) % count);
        return firstOf(made) as Record<string, unknown>;
      });
      return { pattern, events: [...random, ...near] };
    });
}
