import { expect, it } from "vitest";
import { operationName } from "../../../../examples/local/faults/operation-name.ts";
import type { ServiceName } from "../../../../examples/local/services.ts";

it.each<[string, ServiceName, string, string, Record<string, string>]>([
  ["PutItem", "dynamodb", "POST", "/", { "x-amz-target": "DynamoDB_20120810.PutItem" }],
  ["PutEvents", "eventbridge", "POST", "/", { "x-amz-target": "AWSEvents.PutEvents" }],
  ["GetObject", "s3", "GET", "/b/a%20key?x-id=GetObject", {}],
  ["GetObject", "s3", "GET", "/b/a/key", {}],
  ["GetObject", "s3", "GET", "/b/../up", {}],
  ["HeadObject", "s3", "HEAD", "/b/key", {}],
  ["PutObject", "s3", "PUT", "/b/key", {}],
  ["CopyObject", "s3", "PUT", "/b/key", { "x-amz-copy-source": "b/other" }],
  ["ListObjectsV2", "s3", "GET", "/b?list-type=2", {}],
  ["CreateMultipartUpload", "s3", "POST", "/b/key?uploads", {}],
  ["CompleteMultipartUpload", "s3", "POST", "/b/key?uploadId=1", {}],
  ["AbortMultipartUpload", "s3", "DELETE", "/b/key?uploadId=1&x-id=AbortMultipartUpload", {}],
  ["DeleteObjects", "s3", "POST", "/b?delete", {}],
  ["Invoke", "lambda", "POST", "/2015-03-31/functions/f/invocations", {}],
  ["CreateSchedule", "scheduler", "POST", "/schedules/nightly", {}],
  ["ListSchedules", "scheduler", "GET", "/schedules", {}],
  ["GetScheduleGroup", "scheduler", "GET", "/schedule-groups/g", {}],
  ["unknown", "sns", "POST", "/", {}],
])("%s is known by its head", (operation, service, method, url, headers) => {
  expect(operationName(service, { method, url, headers })).toBe(operation);
});
