import { deployOnly, object, optional, required } from "../object-shape.ts";
import { text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { readSchedule, scheduleFields, scheduleTarget } from "./schedule-fields.ts";
import { tagList } from "./tags.ts";

/** Source: CloudFormation 'AWS::Scheduler::Schedule'. */
export const schedule = resourceKind({
  type: "AWS::Scheduler::Schedule",
  properties: object(
    {
      ...scheduleFields,
      FlexibleTimeWindow: { ...scheduleFields.FlexibleTimeWindow, kind: "required", required: true },
      Target: required(scheduleTarget),
    },
    { name: "AWS::Scheduler::Schedule" },
  ),
  returns(naming) {
    const name = naming.name("Name");
    const scheduleArn = arn(
      naming.stack,
      "scheduler",
      `schedule/${naming.text("GroupName") ?? "default"}/${name}`,
    );
    return { name, arn: scheduleArn, ref: name, attributes: { Arn: scheduleArn } };
  },
  build(properties, context) {
    const { logicalId, name, place, problems, stack } = context;
    if (properties.Target.RoleArn === undefined) {
      problems.report(context.at("Target"), "RoleArn is missing; the Scheduler calls its target in a role");
    }
    const schedule = readSchedule(properties, properties.Target, {
      logicalId,
      name,
      stack,
      problems,
      place,
      at: context.at,
      targetAt: (...path) => context.at("Target", ...path),
    });
    return schedule === undefined ? {} : { schedules: [schedule] };
  },
});

/** Source: CloudFormation 'AWS::Scheduler::ScheduleGroup'. */
export const scheduleGroup = resourceKind({
  type: "AWS::Scheduler::ScheduleGroup",
  properties: object(
    {
      Name: optional(
        text({ pattern: /^[0-9A-Za-z_.-]{1,64}$/, hint: "use letters, digits, - _ ., at most 64" }),
      ),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::Scheduler::ScheduleGroup" },
  ),
  returns(naming) {
    const name = naming.name("Name");
    const groupArn = arn(naming.stack, "scheduler", `schedule-group/${name}`);
    return { name, arn: groupArn, ref: name, attributes: { Arn: groupArn } };
  },
  build: (_properties, { logicalId, name, arn: groupArn, place }) => ({
    scheduleGroups: [{ logicalId, name, arn: groupArn, place }],
  }),
});
