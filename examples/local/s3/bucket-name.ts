import { S3Error } from "./s3-error.ts";

/** AWS page 'General purpose bucket naming rules'. */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(?:xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)
  );
}

/** @throws S3Error InvalidBucketName. */
export function checkBucketName(name: string): void {
  if (isBucketName(name)) return;
  throw new S3Error("InvalidBucketName", "The specified bucket is not valid.", {
    fields: { BucketName: name },
  });
}
