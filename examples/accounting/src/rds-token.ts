import { createHash, createHmac } from "node:crypto";

export interface TokenRequest {
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  };
  readonly now: Date;
}

/** Only connections that begin within this time are let in; those that are there stay. */
const VALID_SECONDS = 900;

/**
 * The password for a database that knows its users by IAM: a request for `connect`, signed and not sent. There is no
 * secret to be kept or rotated, and making it asks nobody.
 *
 * Sources: Amazon RDS User Guide, "Connecting to your DB instance using IAM authentication"; IAM User Guide, "Create a signed
 * AWS API request". `@aws-sdk/rds-signer` makes the same, for the price of a client at each cold start.
 */
export function rdsToken({ host, port, user, region, credentials, now }: TokenRequest): string {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const day = time.slice(0, 8);
  const scope = [day, region, "rds-db", "aws4_request"];
  const query = [
    ["Action", "connect"],
    ["DBUser", user],
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Credential", [accessKeyId, ...scope].join("/")],
    ["X-Amz-Date", time],
    ["X-Amz-Expires", String(VALID_SECONDS)],
    ...(sessionToken === undefined ? [] : [["X-Amz-Security-Token", sessionToken]]),
    ["X-Amz-SignedHeaders", "host"],
  ]
    .map((pair) => pair.map(escaped).join("="))
    .join("&");
  const asked = ["GET", "/", query, `host:${host}:${port}`, "", "host", sha256("")].join("\n");
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", time, scope.join("/"), sha256(asked)].join("\n"));
  return `${host}:${port}/?${query}&X-Amz-Signature=${signature.toString("hex")}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** As RFC 3986 has it: encodeURIComponent leaves five characters that it reserves. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
