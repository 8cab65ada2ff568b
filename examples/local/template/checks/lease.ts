/**
 * Refuses a function whose idempotency lease outlasts its source's retries.
 *
 * A worker that dies leaves its record locked until the lease ends. If the last redelivery comes before that,
 * it finds the record locked, and the message is given up although nobody did the work.
 */
import type { LambdaFunction, Place } from "../stack.ts";
import { type CheckedTemplate, functionByArn, isToldByBucket, queueByArn } from "./checked-template.ts";
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

export function checkLeases(template: CheckedTemplate): void {
  for (const fn of template.parts.functions) {
    const lease = leaseOf(template, fn);
    if (lease === undefined) continue;
    const isTarget =
      template.parts.rules.some(({ targets }) => targets.some(({ arn }) => arn === fn.arn)) ||
      isToldByBucket(template, fn.arn);
    if (isTarget) checkAsynchronous(template, fn, lease);
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
