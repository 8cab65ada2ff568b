/** Source: SQS API Reference, 'ReceiveMessage'. */
import type { JsonBody, JsonOperation } from "../../process/json-protocol.ts";
import type { Ask, Queue } from "../queue/queue.ts";
import { optionalInteger, optionalToken, textList } from "../request-body.ts";
import { invalidAttributeName, invalidValue } from "../sqs-error.ts";
import type { Context } from "./context.ts";
import { isAttribute } from "./described-queue.ts";
import { isSystemAttribute, receivedMessage } from "./received-message.ts";

export function receiveOperations({ queues, dispatch }: Context): Readonly<Record<string, JsonOperation>> {
  return {
    async ReceiveMessage(body, request) {
      const queue = queues.named(body);
      const ask = readAsk(body, queue);
      const waitSeconds =
        optionalInteger(body, "WaitTimeSeconds", 0, 20) ?? queue.settings.receiveWaitSeconds;
      const wanted = { system: systemNames(body), attributes: textList(body, "MessageAttributeNames") };
      const Messages = await dispatch.receive(queue, ask, {
        waitSeconds,
        request,
        tell: (message) => receivedMessage(message, queue.key, wanted),
      });
      return Messages.length === 0 ? {} : { Messages };
    },
  };
}

function readAsk(body: JsonBody, { settings }: Queue): Ask {
  const attemptId = optionalToken(body, "ReceiveRequestAttemptId");
  if (attemptId !== undefined && !settings.fifo) {
    const reason = "The request include parameter that is not valid for this queue type.";
    throw invalidValue("ReceiveRequestAttemptId", attemptId, reason);
  }
  return {
    most: optionalInteger(body, "MaxNumberOfMessages", 1, 10) ?? 1,
    visibilityTimeoutSeconds:
      optionalInteger(body, "VisibilityTimeout", 0, 43_200) ?? settings.visibilityTimeoutSeconds,
    ...(attemptId === undefined ? {} : { attemptId }),
  };
}

/** AttributeNames is their former name, and may name attributes of queues, which mean nothing here. */
function systemNames(body: JsonBody): readonly string[] {
  const names = [...textList(body, "MessageSystemAttributeNames"), ...textList(body, "AttributeNames")];
  const unknown = names.find((name) => !isSystemAttribute(name) && !isAttribute(name));
  if (unknown !== undefined) throw invalidAttributeName(unknown);
  return names;
}
