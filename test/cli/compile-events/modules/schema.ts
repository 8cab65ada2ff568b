export const schema = {
  type: "object",
  required: ["orderId"],
  properties: {
    orderId: { type: "string", pattern: "^o-" },
    note: { type: "string", pattern: "^(a+)+$" },
  },
} as const;
