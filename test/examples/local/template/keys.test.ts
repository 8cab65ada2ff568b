import { expect, test } from "vitest";
import { loadText, problemsOf, sam } from "./load-text.ts";

const key = (name: string, properties = "") => `${name}:
  Type: AWS::KMS::Key
  Properties:
    KeyPolicy: { Statement: [{ Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*" }] }
${properties}
`;
const alias = (name: string, target: string, logicalId = "A") =>
  `${logicalId}: { Type: AWS::KMS::Alias, Properties: { AliasName: ${name}, TargetKeyId: ${target} } }\n`;

test("a key has an id of its own in each stack, the same in every run", () => {
  const template = sam(key("K"));
  const [one] = loadText(template).keys;
  expect(one).toMatchObject({ logicalId: "K", enabled: true, aliases: [] });
  expect(one?.keyId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(one?.arn).toBe(`arn:aws:kms:us-east-1:000000000000:key/${one?.keyId}`);
  expect(loadText(template).keys).toMatchObject([{ keyId: one?.keyId }]);
  expect(loadText(template, { name: "other" }).keys[0]?.keyId).not.toBe(one?.keyId);
});

test.each(["!Ref K", "!GetAtt K.Arn", "!GetAtt K.KeyId"])("an alias of %s is its key's", (target) => {
  const stack = loadText(sam(key("K") + alias("alias/mine", target) + key("Other")));
  expect(stack.keys.map(({ logicalId, aliases }) => [logicalId, aliases])).toEqual([
    ["K", ["alias/mine"]],
    ["Other", []],
  ]);
});

test("a key is described, disabled and rotated as the template says", () => {
  const [written] = loadText(
    sam(key("K", "    Enabled: false\n    Description: mine\n    EnableKeyRotation: true")),
  ).keys;
  expect(written).toMatchObject({ enabled: false, description: "mine", rotationPeriodDays: 365 });
});

test.each([
  ["no key of the template", alias("alias/a", "gone"), "is no key of this template"],
  [
    "an alias of another",
    alias("alias/a", "!Ref K") + alias("alias/a", "!Ref K", "B"),
    "is taken by another",
  ],
  ["an alias that is AWS's", alias("alias/aws/a", "!Ref K"), "not alias/aws/"],
])("refused: %s", (_what, resources, says) => {
  const messages = problemsOf(sam(key("K") + resources)).map(({ message }) => message);
  expect(messages.join("\n")).toContain(says);
});
