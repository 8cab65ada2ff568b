/** Source: SQS API Reference, by operation. */
import type { JsonOperation } from "../../process/json-protocol.ts";
import { RequestError } from "../../process/request-error.ts";
import { type AttributeTexts, attributesOf, withAttributes } from "../attributes/settable.ts";
import { DEFAULTS, type Settings } from "../attributes/settings.ts";
import { realMs } from "../queue/cloud-time.ts";
import { clear } from "../queue/contents.ts";
import { optionalText, requiredText, textMap } from "../request-body.ts";
import { invalidParameter, noSuchQueue } from "../sqs-error.ts";
import type { Context } from "./context.ts";
import { page } from "./page.ts";
import { checkRedrive } from "./redrive-check.ts";
import { readTags } from "./tags.ts";

const PURGE_REST_SECONDS = 60;

export function queueOperations({ queues, clock }: Context): Readonly<Record<string, JsonOperation>> {
  return {
    CreateQueue(body, { host }) {
      const name = requiredText(body, "QueueName");
      const attributes = textMap(body, "Attributes");
      const tags = readTags(body, "tags");
      const settings = settingsOf(name, attributes);
      const existing = queues.find(name);
      if (existing !== undefined) {
        refuseOthers(existing.settings, settings, attributes);
        return { QueueUrl: queues.urlOf(existing, host) };
      }
      checkRedrive(queues, { arn: queues.arnOf(name), settings });
      return { QueueUrl: queues.urlOf(queues.create(name, settings, tags), host) };
    },
    DeleteQueue(body) {
      queues.remove(queues.named(body));
      return {};
    },
    GetQueueUrl(body, { host }) {
      const queue = queues.find(requiredText(body, "QueueName"));
      const owner = optionalText(body, "QueueOwnerAWSAccountId");
      if (queue === undefined || (owner !== undefined && owner !== queue.arn.split(":")[4])) {
        throw noSuchQueue();
      }
      return { QueueUrl: queues.urlOf(queue, host) };
    },
    ListQueues(body, { host }) {
      const prefix = optionalText(body, "QueueNamePrefix") ?? "";
      const found = page(
        body,
        queues.all().filter(({ name }) => name.startsWith(prefix)),
      );
      if (found.queues.length === 0) return {};
      return { QueueUrls: found.queues.map((queue) => queues.urlOf(queue, host)), ...found.next };
    },
    ListDeadLetterSourceQueues(body, { host }) {
      const { arn } = queues.named(body);
      const sources = queues.all().filter(({ settings }) => settings.redrive?.deadLetterArn === arn);
      const found = page(body, sources);
      // The member's name does begin with a small letter.
      return { queueUrls: found.queues.map((queue) => queues.urlOf(queue, host)), ...found.next };
    },
    PurgeQueue(body) {
      const queue = queues.named(body);
      const nowMs = clock.now();
      const lastMs = queue.purgedAtMs ?? Number.NEGATIVE_INFINITY;
      if (nowMs < lastMs + realMs(clock, PURGE_REST_SECONDS)) {
        throw new RequestError(
          "PurgeQueueInProgress",
          `Only one PurgeQueue operation on ${queue.name} is allowed every ${PURGE_REST_SECONDS} seconds.`,
        );
      }
      queue.purgedAtMs = nowMs;
      clear(queue.contents);
      return {};
    },
  };

  /** What a new queue of this name is to be. @throws RequestError */
  function settingsOf(name: string, attributes: AttributeTexts): Settings {
    const settings = withAttributes(DEFAULTS, attributes);
    const letters = settings.fifo ? /^[A-Za-z0-9_-]{1,75}\.fifo$/ : /^[A-Za-z0-9_-]{1,80}$/;
    if (letters.test(name)) return settings;
    const fifo = settings.fifo ? ", must end with .fifo suffix" : "";
    throw invalidParameter(
      `The name of a queue can only include alphanumeric characters, hyphens, or underscores${fifo} and be 1 to 80 in length.`,
    );
  }

  /** A queue that is there is only made again with what it has. Attributes that are not named do not matter. */
  function refuseOthers(present: Settings, wanted: Settings, named: AttributeTexts): void {
    const [is, asked] = [attributesOf(present), attributesOf(wanted)];
    const different = Object.keys(named).find((name) => is[name] !== asked[name]);
    if (different === undefined && present.fifo === wanted.fifo) return;
    throw new RequestError(
      "QueueNameExists",
      `A queue already exists with the same name and a different value for attribute ${different ?? "FifoQueue"}`,
    );
  }
}
