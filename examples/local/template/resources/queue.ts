import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, flag, integer, jsonObject, oneOf, text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { tagList } from "./tags.ts";

/** Source: CloudFormation 'AWS::SQS::Queue'; limits and defaults from the SQS API, 'SetQueueAttributes'. */
export const queue = resourceKind({
  type: "AWS::SQS::Queue",
  properties: object(
    {
      QueueName: optional(
        text({
          pattern: /^[A-Za-z0-9_-]{1,75}(\.fifo)?$/,
          hint: "use letters, digits, - and _, at most 80 characters",
        }),
      ),
      FifoQueue: optional(flag()),
      ContentBasedDeduplication: optional(flag()),
      VisibilityTimeout: optional(integer({ least: 0, most: 43_200 })),
      MessageRetentionPeriod: optional(integer({ least: 60, most: 1_209_600 })),
      DelaySeconds: optional(integer({ least: 0, most: 900 })),
      MaximumMessageSize: optional(integer({ least: 1_024, most: 1_048_576 })),
      ReceiveMessageWaitTimeSeconds: optional(integer({ least: 0, most: 20 })),
      RedrivePolicy: optional(
        object({
          deadLetterTargetArn: required(text()),
          maxReceiveCount: required(integer({ least: 1, most: 1_000 })),
        }),
      ),
      KmsMasterKeyId: optional(text()),
      RedriveAllowPolicy: optional(jsonObject()),
      DeduplicationScope: optional(oneOf("queue", "messageGroup")),
      FifoThroughputLimit: optional(oneOf("perQueue", "perMessageGroupId")),
      KmsDataKeyReusePeriodSeconds: deployOnly(integer({ least: 60, most: 86_400 })),
      SqsManagedSseEnabled: deployOnly(anything()),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::SQS::Queue" },
  ),
  returns(naming) {
    // AWS ends the names that it makes for FIFO queues in .fifo, too.
    const made =
      naming.text("FifoQueue") === "true" ? `${naming.stack.stackName}-${naming.logicalId}.fifo` : undefined;
    const name = naming.text("QueueName") ?? made ?? naming.name("QueueName");
    const url = `${naming.stack.sqsEndpoint}/${naming.stack.accountId}/${name}`;
    const queueArn = arn(naming.stack, "sqs", name);
    return {
      name,
      arn: queueArn,
      ref: url,
      attributes: { Arn: queueArn, QueueName: name, QueueUrl: url },
    };
  },
  build(properties, context) {
    const fifo = properties.FifoQueue ?? false;
    const { name, logicalId, problems } = context;
    if (fifo !== name.endsWith(".fifo")) {
      const message = fifo
        ? `the name "${name}" of a FIFO queue must end in .fifo; add it`
        : `the name "${name}" ends in .fifo but the queue is none; set FifoQueue: true or change the name`;
      problems.report(context.at("QueueName"), message);
    }
    if (name.length > 80) {
      problems.report(context.at("QueueName"), `the name "${name}" is longer than 80 characters; shorten it`);
    }
    if (!fifo && properties.ContentBasedDeduplication === true) {
      problems.report(
        context.at("ContentBasedDeduplication"),
        "only a FIFO queue can deduplicate; set FifoQueue: true or take this out",
      );
    }
    for (const name of ["DeduplicationScope", "FifoThroughputLimit"] as const) {
      if (!fifo && properties[name] !== undefined) {
        problems.report(
          context.at(name),
          `${name} is for FIFO queues only; set FifoQueue: true or take this out`,
        );
      }
    }
    const throughputLimit = properties.FifoThroughputLimit;
    if (throughputLimit === "perMessageGroupId" && properties.DeduplicationScope !== "messageGroup") {
      problems.report(
        context.at("FifoThroughputLimit"),
        "perMessageGroupId needs DeduplicationScope: messageGroup; add it",
      );
    }
    const redrive = properties.RedrivePolicy;
    const keyName = properties.KmsMasterKeyId;
    return {
      queues: [
        {
          logicalId,
          name,
          arn: context.arn,
          place: context.place,
          url: context.ref,
          fifo,
          contentBasedDeduplication: properties.ContentBasedDeduplication ?? false,
          visibilityTimeoutSeconds: properties.VisibilityTimeout ?? 30,
          retentionSeconds: properties.MessageRetentionPeriod ?? 345_600,
          delaySeconds: properties.DelaySeconds ?? 0,
          maximumMessageBytes: properties.MaximumMessageSize ?? 1_048_576,
          receiveWaitSeconds: properties.ReceiveMessageWaitTimeSeconds ?? 0,
          ...(redrive === undefined
            ? {}
            : {
                redrive: {
                  deadLetterArn: redrive.deadLetterTargetArn,
                  maxReceiveCount: redrive.maxReceiveCount,
                },
              }),
          ...(properties.RedriveAllowPolicy === undefined
            ? {}
            : { redriveAllowPolicy: properties.RedriveAllowPolicy }),
          ...(properties.DeduplicationScope === undefined
            ? {}
            : { deduplicationScope: properties.DeduplicationScope }),
          ...(throughputLimit === undefined ? {} : { throughputLimit }),
        },
      ],
      ...(keyName === undefined
        ? {}
        : { encrypted: [{ arn: context.arn, keyName, place: context.at("KmsMasterKeyId") }] }),
    };
  },
});
