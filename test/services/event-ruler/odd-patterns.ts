import fc from "fast-check";

const OPERATORS = [
  ...["prefix", "suffix", "equals-ignore-case", "wildcard", "numeric", "exists", "cidr", "anything-but"],
  ...["exactly", "contains", "PREFIX", "=", ">"],
];
const operator = fc.constantFrom(...OPERATORS);
const word = fc.oneof(
  fc.constantFrom(
    "",
    "a",
    "*",
    "**",
    "a\\",
    "\\*",
    "10.0.0.0/8",
    "10.0.0.0/32",
    "10.0.0.0/33",
    "::/64",
    "1.2.3.4",
  ),
  fc.constantFrom("=", "<", "<=", ">", ">=", "!="),
);
const plain = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 2, arbitrary: fc.integer({ min: -2, max: 2 }) },
  fc.constantFrom(null, true, false, 1.5, -0, 5e9, 1e16, -6e9),
);
const numeric = fc.oneof(
  fc.tuple(word, plain),
  fc.tuple(
    fc.constantFrom("<", "<=", ">", ">=", "="),
    plain,
    fc.constantFrom("<", "<=", ">", ">=", "="),
    plain,
  ),
  fc.array(plain, { maxLength: 5 }),
);
const { operand } = fc.letrec<{ operand: unknown }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 2, depthSize: "small" },
    { weight: 4, arbitrary: plain },
    { weight: 2, arbitrary: fc.array(tie("operand"), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.dictionary(operator, tie("operand"), { maxKeys: 2 }) },
  ),
}));
const alternative = fc.oneof(
  { weight: 1, arbitrary: operand },
  { weight: 4, arbitrary: operator.chain((name) => fc.record({ [name]: operand })) },
  { weight: 2, arbitrary: fc.record({ numeric }) },
);
const field = fc.oneof(
  { weight: 8, arbitrary: fc.array(alternative, { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: operand },
);

/** Patterns with operators, operands and fields that often are none. */
export const oddPatterns: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ a: field }) },
  { weight: 1, arbitrary: fc.record({ a: field, b: field }) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.dictionary(fc.oneof(fc.constant("a"), operator), field, { maxKeys: 2 }), { maxLength: 3 })
      .map(($or) => ({ $or })),
  },
  { weight: 1, arbitrary: operand },
);
