/** Definitions of another library's schemas: one that can be written as JSON Schema, one that cannot. */
const check = async (value) => ({ ok: true, value });
const written = (type) => ({
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => ({ value }),
    jsonSchema: { input: () => ({ type: "object", properties: { a: { type } } }) },
  },
});
const unwritable = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => ({ value }),
    jsonSchema: {
      input() {
        throw new Error("a transform has no JSON Schema");
      },
    },
  },
};

export const definitions = (type) => ({
  told: { source: "a.service", type: "Told", version: 1, schema: written(type), check },
  untold: { source: "a.service", type: "Untold", version: 1, schema: unwritable, check },
});

export const { told, untold } = definitions("number");
