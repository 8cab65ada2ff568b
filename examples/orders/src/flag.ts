import { defineEvent } from "holdfast/events";

/** Somebody has changed the feature flag that stands for the circuit of payments, in the circuit's own words. */
export const flagChanged = defineEvent({
  source: "flag.service",
  type: "FlagChanged",
  version: 1,
  schema: {
    type: "object",
    properties: {
      /** Of this change, the same however often it is delivered. */
      changeId: { type: "string", minLength: 1, maxLength: 64 },
      flag: { type: "string", const: "payments" },
      to: { type: "string", enum: ["open", "closed", "isolated", "throttled"] },
      /** Of `throttled`: which part of the calls goes through. */
      share: { type: "number", minimum: 0.01, maximum: 1 },
    },
    required: ["changeId", "flag", "to"],
    additionalProperties: false,
  },
});
