const { defineEvent } = require("holdfast/events/compiled");
const validators = require("./compiled/plain.cjs");

exports.noted = defineEvent({
  source: "a",
  type: "Noted",
  version: 1,
  schema: { type: "object", properties: { n: { type: "integer", minimum: 1 } } },
  validators,
});
