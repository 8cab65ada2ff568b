/** A record of an S3 notification; `object` are the fields of its object. */
export function recordOf(object: Readonly<Record<string, unknown>>) {
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: "us-east-1",
    eventTime: "2026-11-25T23:59:59.999Z",
    eventName: "ObjectCreated:Put",
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: "logs",
      bucket: { name: "logs", arn: "arn:aws:s3:::logs" },
      object: { key: "a.log", size: 6, eTag: "e", sequencer: "01", ...object },
    },
  };
}
