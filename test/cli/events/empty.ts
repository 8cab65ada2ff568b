/** It has the form of a definition, and cannot check: somebody's record. */
export const record = { source: "a", type: "b", version: 1, schema: {} };
