/**
 * Where failed asynchronous invocations go.
 *
 * Source: Lambda Developer Guide, 'Asynchronous invocation': destinations and dead-letter queues are for
 * asynchronous invocations alone.
 */
import { type CheckedTemplate, checkArn, isToldByBucket, queueByArn } from "./checked-template.ts";

const destinationTypes = {
  "AWS::SQS::Queue": "a queue",
  "AWS::Serverless::Function": "a function",
  "AWS::Events::EventBus": "a bus",
};

export function checkAsyncInvoke(template: CheckedTemplate): void {
  const { parts, problems } = template;
  for (const fn of parts.functions) {
    const { onFailureArn, onSuccessArn, deadLetterArn } = fn.asyncInvoke;
    const destinations = [
      { arn: onFailureArn, path: ["EventInvokeConfig", "DestinationConfig", "OnFailure", "Destination"] },
      { arn: onSuccessArn, path: ["EventInvokeConfig", "DestinationConfig", "OnSuccess", "Destination"] },
      { arn: deadLetterArn, path: ["DeadLetterQueue", "TargetArn"] },
    ];
    const invoked = parts.routes.some(({ route }) => route.functionArn === fn.arn)
      ? "an HTTP API"
      : parts.queueMappings.some(({ functionArn }) => functionArn === fn.arn)
        ? "a queue"
        : undefined;
    const asynchronous =
      parts.rules.some(({ targets }) => targets.some(({ arn }) => arn === fn.arn)) ||
      isToldByBucket(template, fn.arn) ||
      parts.permissions.some(({ functionArn }) => functionArn === fn.arn) ||
      parts.functions.some(
        ({ asyncInvoke }) => asyncInvoke.onFailureArn === fn.arn || asyncInvoke.onSuccessArn === fn.arn,
      );
    for (const { arn, path } of destinations) {
      if (arn === undefined) continue;
      const place = template.at(fn.logicalId, ...path);
      if (invoked !== undefined && !asynchronous) {
        problems.report(
          place,
          `${fn.logicalId} is only invoked synchronously (by ${invoked}), so nothing ever arrives here; ` +
            `${invoked === "a queue" ? "give the queue a RedrivePolicy instead" : "take it out and answer the caller"}`,
        );
      }
      if (!checkArn(template, arn, destinationTypes, place)) continue;
      if (queueByArn(template, arn)?.fifo === true) {
        problems.report(
          place,
          "Lambda sends to standard queues only, and this one is FIFO; use a standard one",
        );
      }
    }
  }
}
