import { deployOnly, object, optional, required } from "../object-shape.ts";
import { anything, integer, oneOf, text } from "../shapes.ts";
import { arn, resourceKind } from "./kind.ts";
import { tagList } from "./tags.ts";

/** Source: CloudFormation 'AWS::Kinesis::Stream'. */
export const dataStream = resourceKind({
  type: "AWS::Kinesis::Stream",
  properties: object(
    {
      Name: optional(
        text({ pattern: /^[a-zA-Z0-9_.-]{1,128}$/, hint: "use letters, digits, . - _, at most 128" }),
      ),
      ShardCount: optional(integer({ least: 1, most: 10_000 })),
      RetentionPeriodHours: optional(integer({ least: 24, most: 8_760 })),
      StreamModeDetails: optional(object({ StreamMode: required(oneOf("ON_DEMAND", "PROVISIONED")) })),
      StreamEncryption: deployOnly(
        object({ EncryptionType: required(oneOf("KMS")), KeyId: required(text()) }),
      ),
      DesiredShardLevelMetrics: deployOnly(anything()),
      Tags: deployOnly(tagList),
    },
    { name: "AWS::Kinesis::Stream" },
  ),
  returns(naming) {
    const name = naming.name("Name");
    const streamArn = arn(naming.stack, "kinesis", `stream/${name}`);
    return { name, arn: streamArn, ref: name, attributes: { Arn: streamArn } };
  },
  build(properties, { logicalId, name, arn: streamArn, place, problems, at }) {
    const { ShardCount: shardCount } = properties;
    const onDemand = properties.StreamModeDetails?.StreamMode === "ON_DEMAND";
    if (onDemand && shardCount !== undefined) {
      problems.report(at("ShardCount"), "an ON_DEMAND stream chooses its shards itself; take ShardCount out");
    }
    if (!onDemand && shardCount === undefined) {
      problems.report(
        place,
        "a PROVISIONED stream, which it is unless said otherwise, needs ShardCount; add it, or write StreamModeDetails: { StreamMode: ON_DEMAND }",
      );
    }
    const retentionHours = properties.RetentionPeriodHours ?? 24;
    const shards = shardCount === undefined ? {} : { shardCount };
    return { dataStreams: [{ logicalId, name, arn: streamArn, place, ...shards, retentionHours }] };
  },
});
