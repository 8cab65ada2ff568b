/** Asks for more than its JSON Schema can say. */
export const even = {
  source: "a.service",
  type: "Even",
  version: 1,
  schema: { type: "object", properties: { n: { type: "integer" } } },
  check: async ({ n }) => ({ ok: n % 2 === 0, problems: [] }),
};
