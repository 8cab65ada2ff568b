import type { Problems } from "../problems.ts";
import { jsonObject, mapOf, oneOrMore, type Shape, text } from "../shapes.ts";
import type { Syntax } from "../syntax.ts";
import { policyDocument } from "./policy-document.ts";

/**
 * SAM's policy templates for the services that run here, with the values each wants.
 * Source: SAM Developer Guide, 'AWS SAM policy templates'.
 */
const templates: Readonly<Record<string, readonly string[]>> = {
  AWSSecretsManagerGetSecretValuePolicy: ["SecretArn"],
  CloudWatchPutMetricPolicy: [],
  DynamoDBCrudPolicy: ["TableName"],
  DynamoDBReadPolicy: ["TableName"],
  DynamoDBStreamReadPolicy: ["TableName", "StreamName"],
  DynamoDBWritePolicy: ["TableName"],
  EventBridgePutEventsPolicy: ["EventBusName"],
  KMSDecryptPolicy: ["KeyId"],
  KMSEncryptPolicy: ["KeyId"],
  KMSEncryptPolicy_v2: ["KeyId"],
  KinesisCrudPolicy: ["StreamName"],
  KinesisStreamReadPolicy: ["StreamName"],
  LambdaInvokePolicy: ["FunctionName"],
  S3CrudPolicy: ["BucketName"],
  S3FullAccessPolicy: ["BucketName"],
  S3ReadPolicy: ["BucketName"],
  S3WritePolicy: ["BucketName"],
  SNSPublishMessagePolicy: ["TopicName"],
  SQSPollerPolicy: ["QueueName"],
  SQSSendMessagePolicy: ["QueueName"],
  SSMParameterReadPolicy: ["ParameterName"],
};

/** A managed policy's name, a policy template of SAM, or a policy document. Nothing enforces them here. */
export const functionPolicies = oneOrMore<true>({
  read(node: Syntax, problems: Problems) {
    if (node.kind === "scalar") return text().read(node, problems) === undefined ? undefined : true;
    if (node.kind !== "map") return jsonObject().read(node, problems) === undefined ? undefined : true;
    if (node.entries.has("Statement")) {
      const document = policyDocument.read(node, problems);
      for (const [index, statement] of (document?.Statement ?? []).entries()) {
        const complete = statement.Action ?? statement.NotAction;
        if (complete !== undefined && (statement.Resource ?? statement.NotResource) !== undefined) continue;
        problems.report(node.place, `statement ${index + 1} needs Action and Resource; add what is missing`);
      }
      return document === undefined ? undefined : true;
    }
    for (const [name, values] of node.entries) {
      const wanted = Object.hasOwn(templates, name) ? templates[name] : undefined;
      if (wanted === undefined) {
        const known = Object.keys(templates).join(", ");
        problems.report(
          values.place,
          `${name} is no policy template known here; write a Statement, or one of ${known}`,
        );
        continue;
      }
      const given = Object.keys(mapOf(text()).read(values, problems) ?? {});
      const missing = wanted.filter((value) => !given.includes(value));
      const strange = given.filter((value) => !wanted.includes(value));
      if (missing.length + strange.length > 0) {
        problems.report(
          values.place,
          `${name} takes ${wanted.join(", ") || "no values ({})"}; correct its values`,
        );
      }
    }
    return true;
  },
} satisfies Shape<true>);
