/** Source: SQS API Reference, 'StartMessageMoveTask', 'CancelMessageMoveTask' and 'ListMessageMoveTasks'. */
import type { JsonBody, JsonOperation } from "../../process/json-protocol.ts";
import { RequestError } from "../../process/request-error.ts";
import type { MoveTask, MoveTasks } from "../move-tasks.ts";
import type { Queue } from "../queue/queue.ts";
import { optionalInteger, optionalText, requiredText } from "../request-body.ts";
import { invalidParameter, noSuchResource } from "../sqs-error.ts";
import type { Context } from "./context.ts";

export function moveTaskOperations(
  { queues }: Context,
  tasks: MoveTasks,
): Readonly<Record<string, JsonOperation>> {
  function sourceOf(arn: string): Queue {
    const source = queues.byArn(arn);
    if (source === undefined) throw noSuchResource("SourceArn");
    return source;
  }

  function destinationOf(body: JsonBody, source: Queue): string | undefined {
    const arn = optionalText(body, "DestinationArn");
    if (arn === undefined) return undefined;
    const destination = queues.byArn(arn);
    if (destination === undefined) throw noSuchResource("DestinationArn");
    if (destination.settings.fifo !== source.settings.fifo) {
      throw invalidParameter("Source queue and destination queue must be of the same type.");
    }
    return arn;
  }

  return {
    StartMessageMoveTask(body) {
      const source = sourceOf(requiredText(body, "SourceArn"));
      const destinationArn = destinationOf(body, source);
      const perSecond = optionalInteger(body, "MaxNumberOfMessagesPerSecond", 1, 500);
      if (!queues.all().some(({ settings }) => settings.redrive?.deadLetterArn === source.arn)) {
        throw invalidParameter("Source queue must be configured as a Dead Letter Queue.");
      }
      if (tasks.of(source).some(({ status }) => status === "RUNNING")) {
        throw invalidParameter(
          "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        );
      }
      return { TaskHandle: writeHandle(tasks.start(source, { destinationArn, perSecond })) };
    },
    ListMessageMoveTasks(body) {
      const source = sourceOf(requiredText(body, "SourceArn"));
      const most = optionalInteger(body, "MaxResults", 1, 10) ?? 1;
      return { Results: tasks.of(source).slice(0, most).map(described) };
    },
    CancelMessageMoveTask(body) {
      const { taskId, sourceArn } = readHandle(requiredText(body, "TaskHandle"));
      const task = tasks.of(sourceOf(sourceArn)).find(({ id }) => id === taskId);
      if (task === undefined) throw new RequestError("ResourceNotFoundException", "Task does not exist.");
      if (task.status !== "RUNNING") {
        throw new RequestError(
          "UnsupportedOperation",
          `The task is ${task.status}; only a running one can be cancelled.`,
        );
      }
      tasks.cancel(task);
      return { ApproximateNumberOfMessagesMoved: task.moved };
    },
  };
}

/** A member that is undefined is not in the answer. */
function described(task: MoveTask): object {
  return {
    TaskHandle: task.status === "RUNNING" ? writeHandle(task) : undefined,
    Status: task.status,
    SourceArn: task.source.arn,
    DestinationArn: task.destinationArn,
    MaxNumberOfMessagesPerSecond: task.perSecond,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failure,
    StartedTimestamp: Math.floor(task.startedAtMs),
  };
}

function writeHandle({ id, source }: MoveTask): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn: source.arn })).toString("base64");
}

function readHandle(handle: string): { readonly taskId: string; readonly sourceArn: string } {
  try {
    const { taskId, sourceArn } = Object(JSON.parse(Buffer.from(handle, "base64").toString()));
    if (typeof taskId === "string" && typeof sourceArn === "string") return { taskId, sourceArn };
  } catch {
    // No JSON: no handle.
  }
  throw invalidParameter("Value for parameter TaskHandle is invalid.");
}
