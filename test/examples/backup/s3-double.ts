import type { AwsTransport } from "holdfast/aws/client";

/** An object as it is kept: every write of a key makes one. */
export interface KeptVersion {
  readonly Key: string;
  readonly ChecksumSHA256?: string;
  readonly Metadata: Readonly<Record<string, string>>;
}

interface Put extends KeptVersion {
  readonly IfNoneMatch?: string;
}

/** S3 as far as chunks need it; `conditions: false` is one that takes no notice of If-None-Match: the control. */
export function s3Double({ conditions = true } = {}) {
  const versions: KeptVersion[] = [];
  const latest = (key: string) => versions.findLast(({ Key }) => Key === key);
  const transport: AwsTransport = {
    async call(operation, input) {
      const { Key, ChecksumSHA256, Metadata, IfNoneMatch } = input as Put;
      const there = latest(Key);
      if (operation === "HeadObject") {
        if (there === undefined) throw s3Error("NotFound", 404);
        return { ...there };
      }
      if (conditions && IfNoneMatch === "*" && there !== undefined) throw s3Error("PreconditionFailed", 412);
      versions.push({ Key, Metadata, ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 }) });
      return {};
    },
  };
  return { transport, versions };
}

/** An error as the AWS SDK makes it. */
export function s3Error(name: string, httpStatusCode: number): Error {
  const $fault = httpStatusCode < 500 ? "client" : "server";
  return Object.assign(new Error(name), { name, $fault, $metadata: { httpStatusCode } });
}
