import { checkAlarms } from "./alarms.ts";
import { checkAsyncInvoke } from "./async-invoke.ts";
import { checkBucketEvents } from "./bucket-events.ts";
import { checkNotifications } from "./bucket-notifications.ts";
import type { CheckedTemplate } from "./checked-template.ts";
import { checkCircles } from "./circles.ts";
import { checkLeases } from "./lease.ts";
import { checkNames } from "./names.ts";
import { checkMappings, checkRedrive } from "./queues.ts";
import { checkRules } from "./rules.ts";
import { checkSchedules } from "./schedules.ts";
import { checkStateMachines } from "./state-machines.ts";
import { checkStreamMappings } from "./streams.ts";
import { checkSubscriptions } from "./subscriptions.ts";

/** What is checked of several resources together, in the order in which the problems of one line are told. */
const checks: readonly ((template: CheckedTemplate) => void)[] = [
  checkNames,
  checkRedrive,
  checkMappings,
  checkStreamMappings,
  checkRules,
  checkSchedules,
  checkSubscriptions,
  checkAlarms,
  checkStateMachines,
  checkAsyncInvoke,
  checkLeases,
  checkBucketEvents,
  checkNotifications,
  checkCircles,
];

export function checkAll(template: CheckedTemplate): void {
  for (const check of checks) check(template);
}
