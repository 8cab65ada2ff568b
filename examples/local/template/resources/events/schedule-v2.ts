import { deployOnly, object, optional } from "../../object-shape.ts";
import { flag, text } from "../../shapes.ts";
import { readSchedule, retryFields, scheduleFields } from "../schedule-fields.ts";
import { eventType } from "./event-type.ts";

/** Source: SAM Developer Guide, 'ScheduleV2': a schedule of EventBridge Scheduler. */
export const scheduleV2 = eventType({
  type: "ScheduleV2",
  owners: ["function", "state machine"],
  properties: object(
    {
      ...scheduleFields,
      Input: optional(text()),
      RetryPolicy: retryFields.RetryPolicy,
      DeadLetterConfig: retryFields.DeadLetterConfig,
      // SAM makes a role when none is named.
      RoleArn: optional(text()),
      OmitName: deployOnly(flag()),
      PermissionsBoundary: deployOnly(text()),
    },
    { name: "a ScheduleV2 event" },
  ),
  parts(event, { logicalId, ownerArn, stack, problems, place, at }) {
    const name = event.Name ?? `${stack.stackName}-${logicalId}`;
    const about = { logicalId, name, stack, problems, place, at, targetAt: at };
    const read = readSchedule(event, { ...event, Arn: ownerArn, RoleArn: event.RoleArn }, about);
    return read === undefined ? {} : { schedules: [read] };
  },
});
