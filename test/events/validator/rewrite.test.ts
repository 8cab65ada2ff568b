import { expect, test } from "vitest";
import { rewritten } from "../../../src/events/validator/rewrite.ts";

test("code that does not begin as ajv's does, or asks for what is not known, is refused: never half rewritten", () => {
  expect(() => rewritten('"use strict";exports.a = 1;')).toThrow("this version of ajv");
  const asks =
    '"use strict";module.exports = v;module.exports.default = v;const f = require("ajv/dist/runtime/re2").default;';
  expect(() => rewritten(asks)).toThrow("this version of ajv");
  const uncounted =
    '"use strict";module.exports = validate1;module.exports.default = validate1;function validate1(value){}';
  expect(() => rewritten(uncounted)).toThrow("this version of ajv");
});
