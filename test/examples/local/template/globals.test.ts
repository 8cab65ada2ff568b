import { expect, test } from "vitest";
import { loadText, sam, workerFunction } from "./load-text.ts";

const globals = `Globals:
  Function:
    Timeout: 7
    MemorySize: 512
    Environment: { Variables: { SHARED: global, OWN: global } }
    Layers: [arn:aws:lambda:us-east-1:000000000000:layer:a:1]
    Architectures: [x86_64]
`;

test("a function has what Globals say unless it says otherwise", () => {
  const { functions } = loadText(sam(workerFunction("Timeout: 9"), globals));
  expect(functions).toMatchObject([{ timeoutSeconds: 9, memoryMb: 512 }]);
});

test("variables are merged by name, and the function's own win", () => {
  const own = "Environment: { Variables: { OWN: mine, MORE: 1 } }";
  const { functions } = loadText(sam(workerFunction(own), globals));
  expect(functions[0]?.environment).toEqual({ SHARED: "global", OWN: "mine", MORE: "1" });
});

test("an intrinsic function replaces a map of Globals as a whole", () => {
  const own = "Environment: !If [Yes, { Variables: { OWN: mine } }, !Ref AWS::NoValue]";
  const { functions } = loadText(sam(workerFunction(own), `${globals}Conditions: { Yes: !Equals [a, a] }\n`));
  expect(functions[0]?.environment).toEqual({ OWN: "mine" });
});

test("lists are joined, but Architectures is replaced: two of them would be refused", () => {
  expect(loadText(sam(workerFunction("Architectures: [arm64]"), globals)).functions).toHaveLength(1);
});

test("a mistake in Globals is told once, at its own line, however many functions have it", () => {
  const template = sam(
    workerFunction() + workerFunction("", "Second"),
    "Globals:\n  Function:\n    Timeout: soon\n",
  );
  expect(() => loadText(template)).toThrow(
    /^template\.yaml:4 Globals\.Function\.Timeout: "soon" is out of range; write a whole number from 1 to 900$/,
  );
});
