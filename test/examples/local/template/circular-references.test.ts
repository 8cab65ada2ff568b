import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { circularReferences, waitsFor } from "../../../../examples/local/template/circular-references.ts";
import { markedLine, problemsOf, sam, workerFunction } from "./load-text.ts";

const place = { file: "", line: 1, path: "" };
const edges = (limit: (from: number, to: number) => boolean) =>
  fc
    .array(fc.tuple(fc.nat(9), fc.nat(9)))
    .map((pairs) =>
      pairs
        .filter(([from, to]) => limit(from, to))
        .map(([from, to]) => ({ from: `${from}`, to: `${to}`, place })),
    );

test("references that only lead onward have no circle", () => {
  fc.assert(
    fc.property(
      edges((from, to) => from < to),
      (references) => {
        expect(circularReferences(references)).toEqual([]);
      },
    ),
  );
});

test("a way on and a way back is a circle, whatever else there is, and each step of it is a reference", () => {
  fc.assert(
    fc.property(
      edges(() => true),
      fc.nat(9),
      fc.nat(9),
      (others, a, b) => {
        const references = [
          ...others,
          { from: `${a}`, to: `${b}`, place },
          { from: `${b}`, to: `${a}`, place },
        ];
        const circles = circularReferences(references);
        expect(circles.length).toBeGreaterThan(0);
        for (const { along } of circles) {
          expect(along.at(0)).toBe(along.at(-1));
          for (const [index, to] of along.slice(1).entries()) {
            expect(references.some((one) => one.from === along[index] && one.to === to)).toBe(true);
          }
        }
      },
    ),
  );
});

test("a resource waits for those that it leads to, and in a chain for none before it", () => {
  fc.assert(
    fc.property(fc.nat(9), fc.nat(9), (a, b) => {
      const chain = Array.from({ length: 9 }, (_, at) => ({ from: `${at}`, to: `${at + 1}`, place }));
      expect(waitsFor(chain, `${a}`, `${b}`)).toBe(a <= b);
      const ring = [...chain, { from: "9", to: "0", place }];
      expect(waitsFor(ring, `${a}`, `${b}`)).toBe(true);
    }),
  );
});

describe("a template whose resources wait for each other is refused:", () => {
  test.each([
    [
      "two queues",
      sam(
        "A:\n  Type: AWS::SQS::Queue\n  Properties:\n    RedrivePolicy: { maxReceiveCount: 1, deadLetterTargetArn: !GetAtt B.Arn }\nB:\n  Type: AWS::SQS::Queue\n  Properties:\n    RedrivePolicy:\n      maxReceiveCount: 1\n      deadLetterTargetArn: !GetAtt A.Arn # here",
      ),
      "A -> B -> A",
    ],
    [
      "a resource and itself",
      sam("A:\n  Type: AWS::SQS::Queue\n  Properties:\n    QueueName: !Join ['-', [!Ref A, x]] # here"),
      "A -> A",
    ],
    [
      "DependsOn and a reference",
      sam(
        "A:\n  Type: AWS::SQS::Queue\n  DependsOn: B\nB:\n  Type: AWS::SQS::Queue\n  Properties:\n    QueueName: !Join ['-', [x, !GetAtt A.QueueName]] # here",
      ),
      "A -> B -> A",
    ],
    [
      "a function that knows its API's address",
      sam(
        `${workerFunction("Environment:\n  Variables:\n    API: !Ref A\nEvents:\n  E: # here\n    Type: HttpApi\n    Properties: { ApiId: !Ref A, Method: GET, Path: / }")}A: { Type: AWS::Serverless::HttpApi }`,
      ),
      "Worker -> A -> Worker",
    ],
  ])("%s", (_what, template, along) => {
    const problems = problemsOf(template);
    expect(problems.map(({ message }) => message.split(" is a circle")[0])).toEqual([along]);
    expect(problems[0]?.place.line).toBe(markedLine(template));
  });
});

test("a function and the queue of its event wait for nobody: SAM makes the mapping after both", () => {
  const template = sam(
    `${workerFunction("Environment: { Variables: { QUEUE: !Ref Q } }\nEvents:\n  E: { Type: SQS, Properties: { Queue: !GetAtt Q.Arn } }")}Q: { Type: AWS::SQS::Queue }`,
  );
  expect(problemsOf(template)).toEqual([]);
});
