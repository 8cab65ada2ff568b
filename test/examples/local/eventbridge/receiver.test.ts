import { expect, it } from "vitest";
import type { EventEnvelope } from "../../../../examples/local/eventbridge/event.ts";
import { startEventBridge } from "../../../../examples/local/eventbridge/server.ts";
import type { Bus, Rule } from "../../../../examples/local/template/stack.ts";
import { manualClock } from "./manual-clock.ts";

const place = { file: "template.yaml", line: 1, path: "Resources.X" };
const prefix = "arn:aws:events:us-east-1:000000000000:";
const busArn = `${prefix}event-bus/results`;
const buses: Bus[] = [{ logicalId: "Results", name: "results", arn: busArn, place }];
const rule = (name: string, busName: string, pattern: NonNullable<Rule["pattern"]>, arn: string): Rule => ({
  logicalId: name,
  name,
  arn: `${prefix}rule/${busName}/${name}`,
  place,
  busName,
  enabled: true,
  pattern,
  targets: [{ id: "t", arn, place, maximumRetryAttempts: 0, maximumEventAgeSeconds: 60 }],
});

async function start(rules: readonly Rule[]) {
  const clock = manualClock();
  const delivered: { arn: string; event: EventEnvelope }[] = [];
  const bridge = await startEventBridge({
    buses,
    rules,
    deliver: async (arn, payload, attributes) => {
      delivered.push({ arn, event: JSON.parse(payload) });
      if (arn.startsWith(prefix)) await bridge.receive(arn, payload, attributes);
    },
    clock,
    observe: () => {},
    random: () => 0.5,
  });
  return { bridge, clock, delivered };
}

it("makes an event of what a service sends, with its source, detail type and resources", async () => {
  const { bridge, clock, delivered } = await start([
    rule("all", "results", { source: ["aws.s3"] }, "arn:queue"),
  ]);
  const attributes = { Source: "aws.s3", DetailType: "Object Created", Resources: '["arn:aws:s3:::b"]' };
  await bridge.receive(busArn, '{"n":1}', attributes);
  await clock.advance(1);
  expect(delivered.map(({ event }) => event)).toMatchObject([
    { source: "aws.s3", "detail-type": "Object Created", resources: ["arn:aws:s3:::b"], detail: { n: 1 } },
  ]);
  await bridge.stop();
});

it("hands an event of one bus on to another as it is", async () => {
  const { bridge, clock, delivered } = await start([
    rule("on", "default", { source: ["shop"] }, busArn),
    rule("all", "results", { source: ["shop"] }, "arn:queue"),
  ]);
  await bridge.receive(`${prefix}event-bus/default`, '{"n":1}', { Source: "shop", DetailType: "Sold" });
  await clock.advance(1);
  expect(delivered.map(({ arn }) => arn)).toEqual([busArn, "arn:queue"]);
  expect(delivered[1]?.event).toEqual(delivered[0]?.event);
  await bridge.stop();
});

it("refuses a bus that does not exist, and a payload that is no event", async () => {
  const { bridge } = await start([]);
  const refused = (arn: string, payload: string, attributes?: Record<string, string>) =>
    expect(bridge.receive(arn, payload, attributes)).rejects;
  await refused(`${prefix}event-bus/none`, "{}", { Source: "shop", DetailType: "Sold" }).toMatchObject({
    code: "ResourceNotFoundException",
  });
  await refused(busArn, '{"n":1}').toMatchObject({ code: "ValidationException" });
  await refused(busArn, "[]", { Source: "shop", DetailType: "Sold" }).toMatchObject({
    code: "ValidationException",
  });
  await bridge.stop();
});
