/**
 * Refuses a function whose idempotency lease outlasts its source's retries.
 *
 * A worker that dies leaves its record locked until the lease ends. If the last redelivery comes before that,
 * it finds the record locked, and the message is given up although nobody did the work.
 */
import type { LambdaFunction, Place, StreamMapping } from "../stack.ts";
import {
  type CheckedTemplate,
  functionByArn,
  isInvokedAsynchronously,
  queueByArn,
} from "./checked-template.ts";
import { seconds } from "./seconds.ts";

interface Lease {
  /** How long a record may stay locked, counted from the delivery that locked it. */
  readonly afterDeliverySeconds: number;
  /** The same, counted from the worker's death. */
  readonly afterDeathSeconds: number;
  readonly arithmetic: string;
  readonly place: Place;
}

/** What the idempotency policy adds to a lease that ends with the deadline, for clocks that differ. */
const clockSkewSeconds = 0.5;

/** Lambda waits one minute before the first retry and two more before the second ('Asynchronous invocation'). */
const asynchronousRetrySeconds = [0, 60, 180];

/** Lambda does not say how long it waits between a batch's retries; this cloud waits so, the longest again and again. */
const streamRetrySeconds = [1, 2, 4, 8, 16, 32, 60];

export function checkLeases(template: CheckedTemplate): void {
  for (const fn of template.parts.functions) {
    const lease = leaseOf(template, fn);
    if (lease === undefined) continue;
    if (isInvokedAsynchronously(template, fn.arn)) checkAsynchronous(template, fn, lease);
  }
  for (const mapping of template.parts.queueMappings) {
    const fn = functionByArn(template, mapping.functionArn);
    const lease = fn && leaseOf(template, fn);
    const queue = queueByArn(template, mapping.queueArn);
    if (fn === undefined || lease === undefined || queue === undefined) continue;
    const receives = queue.redrive?.maxReceiveCount;
    const visibility = queue.visibilityTimeoutSeconds;
    // Without a dead-letter queue the message comes again until it is too old.
    const last = receives === undefined ? queue.retentionSeconds : (receives - 1) * visibility;
    const arithmetic =
      receives === undefined
        ? `messages come again for ${queue.retentionSeconds} s (MessageRetentionPeriod)`
        : `the last redelivery comes (maxReceiveCount ${receives} - 1) x VisibilityTimeout ${visibility} s = ${last} s after the first`;
    refuse(template, fn, lease, lease.afterDeliverySeconds, last, `${arithmetic} (${queue.logicalId})`);
  }
  for (const mapping of template.parts.streamMappings) {
    const fn = functionByArn(template, mapping.functionArn);
    const lease = fn && leaseOf(template, fn);
    if (fn !== undefined && lease !== undefined) checkStream(template, fn, lease, mapping);
  }
}

/** A stream's batch comes again until its records expire, unless the mapping ends that earlier. */
function checkStream(
  template: CheckedTemplate,
  fn: LambdaFunction,
  lease: Lease,
  mapping: StreamMapping,
): void {
  const { maximumRetryAttempts: retries, maximumRecordAgeSeconds: age } = mapping;
  if (retries >= 0) {
    const waits = streamRetrySeconds.slice(0, retries);
    const longest = Math.max(0, retries - waits.length) * 60;
    const last = waits.reduce((sum, wait) => sum + wait, longest);
    const arithmetic =
      `the last retry comes ${last} s after the failure (MaximumRetryAttempts ${retries} of ${mapping.logicalId}: ` +
      "this cloud waits 1 s, and twice as long each time up to 60 s; Lambda does not say how long it waits)";
    refuse(template, fn, lease, lease.afterDeathSeconds, last, arithmetic);
  }
  if (age >= 0) {
    const arithmetic = `its records are given up ${age} s after they arrived (MaximumRecordAgeInSeconds of ${mapping.logicalId})`;
    refuse(template, fn, lease, lease.afterDeliverySeconds, age, arithmetic);
  }
}

function checkAsynchronous(template: CheckedTemplate, fn: LambdaFunction, lease: Lease): void {
  const { maximumRetryAttempts, maximumEventAgeSeconds } = fn.asyncInvoke;
  const waits = asynchronousRetrySeconds.slice(0, maximumRetryAttempts + 1);
  const last = Math.max(...waits.filter((wait) => wait <= maximumEventAgeSeconds));
  const arithmetic =
    `the last retry comes ${last} s after the failure (MaximumRetryAttempts ${maximumRetryAttempts}: ` +
    `Lambda waits ${["not at all", "60 s", "60 s, then 120 s"][maximumRetryAttempts] ?? "60 s, then 120 s"}` +
    `${last < (waits.at(-1) ?? 0) ? `; MaximumEventAgeInSeconds ${maximumEventAgeSeconds} ends it before` : ""})`;
  refuse(template, fn, lease, lease.afterDeathSeconds, last, arithmetic);
}

function refuse(
  template: CheckedTemplate,
  fn: LambdaFunction,
  lease: Lease,
  lockedSeconds: number,
  lastSeconds: number,
  arithmetic: string,
): void {
  const { speed } = template;
  if (lockedSeconds < lastSeconds / speed) return;
  const faster =
    speed === 1
      ? ""
      : `, which is ${seconds(lastSeconds / speed)} at speed ${speed}: waits are divided by the speed, timeouts and leases are not`;
  template.problems.report(
    lease.place,
    `the lease of ${fn.logicalId} outlasts its source's retries: a record may stay locked for ` +
      `${seconds(lockedSeconds)} (${lease.arithmetic}), but ${arithmetic}${faster}. A worker that dies would leave ` +
      `its record locked until the message is given up; shorten the lease, or let the source retry for longer`,
  );
}

function leaseOf(template: CheckedTemplate, fn: LambdaFunction): Lease | undefined {
  const explicit = fn.environment["IDEMPOTENCY_LEASE_MS"];
  const timeout = fn.timeoutSeconds;
  if (explicit !== undefined) {
    const place = template.at(fn.logicalId, "Environment", "Variables", "IDEMPOTENCY_LEASE_MS");
    const leaseMs = Number(explicit);
    if (!Number.isSafeInteger(leaseMs) || leaseMs <= 0) {
      template.problems.report(place, `"${explicit}" is no lease; write a whole number of milliseconds`);
      return undefined;
    }
    const lease = leaseMs / 1_000;
    return {
      // The claim may come as late as the end of the run.
      afterDeliverySeconds: timeout + lease,
      afterDeathSeconds: lease,
      arithmetic: `IDEMPOTENCY_LEASE_MS ${seconds(lease)}, claimed within a Timeout of ${timeout} s`,
      place,
    };
  }
  if (!keepsRecords(template, fn)) return undefined;
  const untilDeadline = timeout + clockSkewSeconds;
  return {
    afterDeliverySeconds: untilDeadline,
    afterDeathSeconds: untilDeadline,
    arithmetic: `Timeout ${timeout} s, and ${clockSkewSeconds} s for clocks that differ`,
    place: template.at(fn.logicalId, "Timeout"),
  };
}

/** A function is idempotent that is given a table with the key and the TTL attribute of idempotency records. */
function keepsRecords(template: CheckedTemplate, fn: LambdaFunction): boolean {
  const tables = template.parts.tables.filter(
    ({ keySchema, ttlAttribute }) =>
      ttlAttribute === "expiresAt" && keySchema.length === 1 && keySchema[0]?.AttributeName === "id",
  );
  const given = new Set(Object.values(fn.environment));
  return "IDEMPOTENCY_TABLE" in fn.environment || tables.some(({ name }) => given.has(name));
}
