import type { Deliver, Observe } from "../../services.ts";
import type { Agenda } from "../agenda.ts";
import { invalidArgument, type S3Error } from "../s3-error.ts";
import {
  type BusEntry,
  busEntry,
  type Home,
  notificationMessage,
  type ObjectEvent,
  testMessage,
} from "./notification-record.ts";
import {
  checkedConfiguration,
  matchingTargets,
  type NotificationConfiguration,
} from "./notification-rules.ts";

export interface Notifier {
  /** Tells whom the configuration names; returns at once. Nothing promises an order. */
  emit(configuration: NotificationConfiguration, event: Omit<ObjectEvent, "sequencer" | "timeMs">): void;
  /**
   * Checks a new configuration and, unless `skip`, its destinations: functions must be there, queues and topics take
   * an `s3:TestEvent`.
   *
   * @throws S3Error InvalidArgument when the configuration is wrong or a destination does not take it.
   */
  validate(
    configuration: NotificationConfiguration,
    test: { readonly bucket: string; readonly requestId: string; readonly skip: boolean },
  ): Promise<void>;
  /** Notifications that have not arrived yet. */
  pending(): number;
}

/** Deliveries are tried again for about a day of the cloud's time. */
const MAX_ATTEMPTS = 100;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 900_000;

export function startNotifier(options: {
  readonly deliver: Deliver;
  /** Whether a function can be told. */
  readonly hasFunction: (arn: string) => boolean;
  readonly putEvent: (entry: BusEntry) => Promise<void>;
  readonly agenda: Agenda;
  readonly now: () => number;
  readonly observe: Observe;
  readonly home: Home;
}): Notifier {
  const { deliver, hasFunction, putEvent, agenda, now, observe, home } = options;
  let pending = 0;
  let lastSequence = 0n;

  /** One counter for all keys, that never stands behind the clock: it grows also across restarts. */
  function nextSequencer(): string {
    const floor = BigInt(now()) * 65_536n;
    lastSequence = lastSequence < floor ? floor : lastSequence + 1n;
    return lastSequence.toString(16).toUpperCase().padStart(18, "0");
  }

  function send(from: string, attempt: number, delivery: () => Promise<void>): void {
    if (attempt === 1) pending += 1;
    Promise.resolve()
      .then(delivery)
      .then(
        () => {
          pending -= 1;
        },
        (error: unknown) => {
          if (attempt < MAX_ATTEMPTS) {
            const delayMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 20), LONGEST_RETRY_MS);
            agenda.in(delayMs, () => send(from, attempt + 1, delivery));
            return;
          }
          pending -= 1;
          observe({ type: "dropped", from, reason: error instanceof Error ? error.message : String(error) });
        },
      );
  }

  return {
    emit(configuration, happened) {
      const event = { ...happened, sequencer: nextSequencer(), timeMs: now() };
      const from = `s3://${event.bucket}`;
      for (const target of matchingTargets(configuration, event.name, event.key)) {
        send(from, 1, () => deliver(target.arn, notificationMessage(event, target.id, home)));
      }
      if (configuration.eventBridge) send(from, 1, () => putEvent(busEntry(event, home)));
    },
    async validate(configuration, { bucket, requestId, skip }) {
      checkedConfiguration(configuration);
      for (const { destination, arn } of skip ? [] : configuration.targets) {
        if (destination === "CloudFunction") {
          if (!hasFunction(arn)) throw notValidated(arn, "The destination Lambda function does not exist");
          continue;
        }
        await deliver(arn, testMessage(bucket, now(), requestId)).catch((error: unknown) => {
          throw notValidated(arn, error instanceof Error ? error.message : String(error));
        });
      }
    },
    pending: () => pending,
  };
}

const notValidated = (arn: string, why: string): S3Error =>
  invalidArgument(arn, why, "Unable to validate the following destination configurations");
