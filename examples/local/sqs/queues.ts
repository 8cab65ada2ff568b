import type { JsonBody } from "../process/json-protocol.ts";
import { RequestError } from "../process/request-error.ts";
import type { CloudClock } from "../services.ts";
import type { Settings } from "./attributes/settings.ts";
import { realMs } from "./queue/cloud-time.ts";
import { expiringMap } from "./queue/expiring-map.ts";
import { makeQueue, type Queue } from "./queue/queue.ts";
import { requiredText } from "./request-body.ts";
import { noSuchQueue } from "./sqs-error.ts";

/** The queues of the account, as every operation sees them. */
export interface Queues {
  /** By name. */
  all(): readonly Queue[];
  find(name: string): Queue | undefined;
  byArn(arn: string): Queue | undefined;
  /** By QueueUrl, whatever its host: a gate may stand between. @throws RequestError when there is none. */
  named(body: JsonBody): Queue;
  /** The URL of a queue at the host that the caller reached us by, because SDKs send to the host of the queue's URL. */
  urlOf(queue: Queue, host: string | undefined): string;
  arnOf(name: string): string;
  /** @throws RequestError QueueDeletedRecently */
  create(name: string, settings: Settings, tags: Readonly<Record<string, string>>): Queue;
  remove(queue: Queue): void;
}

/** SQS API Reference, 'CreateQueue': before a deleted queue's name can be used again. */
const NAME_REST_SECONDS = 60;

export function makeQueues(options: {
  readonly clock: CloudClock;
  readonly region: string;
  readonly accountId: string;
}): Queues {
  const { clock, region, accountId } = options;
  const queues = new Map<string, Queue>();
  const deleted = expiringMap<true>();
  const arnOf = (name: string): string => `arn:aws:sqs:${region}:${accountId}:${name}`;
  return {
    all: () => [...queues.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    find: (name) => queues.get(name),
    byArn(arn) {
      const queue = queues.get(arn.split(":").at(-1) ?? "");
      return queue?.arn === arn ? queue : undefined;
    },
    named(body) {
      const url = requiredText(body, "QueueUrl");
      if (!URL.canParse(url)) {
        throw new RequestError("InvalidAddress", `The address ${url} is not valid for this endpoint.`);
      }
      const [, account, name = "", ...others] = new URL(url).pathname.split("/");
      const queue = account === accountId && others.length === 0 ? queues.get(name) : undefined;
      if (queue === undefined) throw noSuchQueue();
      return queue;
    },
    urlOf: ({ name }, host = "127.0.0.1") => `http://${host}/${accountId}/${name}`,
    arnOf,
    create(name, settings, tags) {
      const createdAtMs = clock.now();
      if (deleted.get(name, createdAtMs) !== undefined) {
        throw new RequestError(
          "QueueDeletedRecently",
          `You must wait ${NAME_REST_SECONDS} seconds after deleting a queue before you can create another with the same name.`,
        );
      }
      const queue = makeQueue({ name, arn: arnOf(name), createdAtMs, settings, tags });
      queues.set(name, queue);
      return queue;
    },
    remove(queue) {
      queues.delete(queue.name);
      deleted.set(queue.name, true, clock.now() + realMs(clock, NAME_REST_SECONDS));
      // Whoever waits for its messages waits for nothing.
      for (const waiter of queue.waiters) waiter.fail(noSuchQueue());
    },
  };
}
