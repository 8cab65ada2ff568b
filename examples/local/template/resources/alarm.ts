/** Alarms have nothing to run here; what is misspelt in one is found all the same. */
import { deployOnly, object, optional } from "../object-shape.ts";
import { flag, integer, list, number, oneOf, type Read, text } from "../shapes.ts";
import { arn, type ResourceContext, resourceKind } from "./kind.ts";
import type { Parts } from "./parts.ts";
import { tagList } from "./tags.ts";

const must = { required: true };

const alarmActions = {
  ActionsEnabled: deployOnly(flag()),
  AlarmActions: optional(list(text(), { most: 5 })),
  OKActions: optional(list(text(), { most: 5 })),
  InsufficientDataActions: optional(list(text(), { most: 5 })),
  AlarmDescription: deployOnly(text()),
  AlarmName: deployOnly(text()),
  Tags: deployOnly(tagList),
};

const actions = object(alarmActions);

/** Nothing to run; whether its actions would arrive is a question all the same. */
function alarmParts(
  type: string,
  properties: Read<typeof actions>,
  { logicalId, place, arn: alarmArn }: ResourceContext,
): Partial<Parts> {
  const { AlarmActions = [], OKActions = [], InsufficientDataActions = [] } = properties;
  const targetArns = [...new Set([...AlarmActions, ...OKActions, ...InsufficientDataActions])];
  return {
    alarms: [{ logicalId, arn: alarmArn, targetArns, place }],
    deployOnly: [{ logicalId, type, place }],
  };
}

const metric = {
  MetricName: deployOnly(text()),
  Namespace: deployOnly(text()),
  Dimensions: deployOnly(
    list(object({ Name: deployOnly(text(), must), Value: deployOnly(text(), must) }), { most: 30 }),
  ),
};

const statistics = oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum");

/** Source: CloudFormation 'AWS::CloudWatch::Alarm'. */
export const alarm = resourceKind({
  type: "AWS::CloudWatch::Alarm",
  properties: object(
    {
      ...alarmActions,
      ...metric,
      ComparisonOperator: deployOnly(
        oneOf(
          "GreaterThanOrEqualToThreshold",
          "GreaterThanThreshold",
          "LessThanThreshold",
          "LessThanOrEqualToThreshold",
        ),
        must,
      ),
      EvaluationPeriods: deployOnly(integer({ least: 1 }), must),
      DatapointsToAlarm: deployOnly(integer({ least: 1 })),
      Threshold: deployOnly(number()),
      Period: deployOnly(integer({ least: 1 })),
      Statistic: deployOnly(statistics),
      ExtendedStatistic: deployOnly(
        text({ pattern: /^(p|tm|tc|ts|wm)\d+(\.\d+)?$/, hint: "write p95 or the like" }),
      ),
      TreatMissingData: deployOnly(oneOf("breaching", "notBreaching", "ignore", "missing")),
      Unit: deployOnly(text()),
      Metrics: deployOnly(
        list(
          object({
            Id: deployOnly(text({ pattern: /^[a-z]\w*$/, hint: "start it with a small letter" }), must),
            Expression: deployOnly(text()),
            Label: deployOnly(text()),
            Period: deployOnly(integer({ least: 1 })),
            ReturnData: deployOnly(flag()),
            MetricStat: deployOnly(
              object({
                Metric: deployOnly(object(metric), must),
                Period: deployOnly(integer({ least: 1 }), must),
                Stat: deployOnly(text(), must),
                Unit: deployOnly(text()),
              }),
            ),
          }),
          { least: 1, most: 20 },
        ),
      ),
    },
    { name: "AWS::CloudWatch::Alarm" },
  ),
  returns(naming) {
    const name = naming.name("AlarmName");
    const alarmArn = arn(naming.stack, "cloudwatch", `alarm:${name}`);
    return { name, arn: alarmArn, ref: name, attributes: { Arn: alarmArn } };
  },
  build: (properties, context) => alarmParts("AWS::CloudWatch::Alarm", properties, context),
});

/** Source: CloudFormation 'AWS::CloudWatch::CompositeAlarm'. */
export const compositeAlarm = resourceKind({
  type: "AWS::CloudWatch::CompositeAlarm",
  properties: object(
    { ...alarmActions, AlarmRule: deployOnly(text(), must) },
    { name: "AWS::CloudWatch::CompositeAlarm" },
  ),
  returns(naming) {
    const name = naming.name("AlarmName");
    const alarmArn = arn(naming.stack, "cloudwatch", `alarm:${name}`);
    return { name, arn: alarmArn, ref: name, attributes: { Arn: alarmArn } };
  },
  build: (properties, context) => alarmParts("AWS::CloudWatch::CompositeAlarm", properties, context),
});
