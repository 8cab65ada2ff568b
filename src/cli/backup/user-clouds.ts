import { type AwsClient, commandTransport } from "../../aws/command-transport.ts";
import type { AwsTransport } from "../../aws/transport.ts";
import { type CommandClass, userPackage } from "../user-package.ts";

export interface CloudOptions {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** Where objects and keys are: through the AWS clients of the user's project, each loaded when it is needed. Tests give others. */
export interface Clouds {
  s3(): AwsTransport;
  kms(): AwsTransport;
}

export type OpenClouds = (options: CloudOptions, cwd: string) => Clouds;

type Client = new (config: object) => AwsClient;
type Package<C extends string, N extends string> = { readonly [name in C]: Client } & {
  readonly [name in `${N}Command`]: CommandClass;
};

const S3_OPERATIONS = [
  "PutObject",
  "GetObject",
  "HeadObject",
  "DeleteObject",
  "ListObjectsV2",
  "CreateMultipartUpload",
  "UploadPart",
  "CompleteMultipartUpload",
  "AbortMultipartUpload",
  "ListParts",
  "ListMultipartUploads",
] as const;
const KMS_OPERATIONS = ["Decrypt"] as const;

export const userClouds: OpenClouds = ({ region, endpoint }, cwd) => {
  const where = region === undefined ? {} : { region };
  return {
    s3() {
      type S3Package = Package<"S3Client", (typeof S3_OPERATIONS)[number]>;
      const aws = userPackage<S3Package>("@aws-sdk/client-s3", "--bucket", cwd);
      // Other S3s have no host name for each bucket.
      const other = endpoint === undefined ? {} : { endpoint, forcePathStyle: true };
      return commandTransport(
        "s3Transport",
        new aws.S3Client({ ...where, ...other }),
        commandsOf(aws, S3_OPERATIONS),
      );
    },
    kms() {
      type KmsPackage = Package<"KMSClient", (typeof KMS_OPERATIONS)[number]>;
      const aws = userPackage<KmsPackage>("@aws-sdk/client-kms", "--kms-key", cwd);
      return commandTransport("kmsTransport", new aws.KMSClient(where), commandsOf(aws, KMS_OPERATIONS));
    },
  };
};

function commandsOf<N extends string>(
  aws: { readonly [name in `${N}Command`]: CommandClass },
  operations: readonly N[],
): Readonly<Record<string, CommandClass>> {
  return Object.fromEntries(operations.map((name) => [name, aws[`${name}Command`]]));
}
