import { KMSClient } from "@aws-sdk/client-kms";
import { SNSClient } from "@aws-sdk/client-sns";
import type { Running } from "../services.ts";

/** AWS clients of those services that have none of their own, for scenarios and tests. */
export interface Clients extends Running {
  readonly sns: SNSClient;
  readonly kms: KMSClient;
}

export function makeClients(
  region: string,
  endpoints: { readonly sns: string; readonly kms: string },
): Clients {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const sns = new SNSClient({ endpoint: endpoints.sns, region, credentials });
  const kms = new KMSClient({ endpoint: endpoints.kms, region, credentials });
  return {
    sns,
    kms,
    async stop() {
      sns.destroy();
      kms.destroy();
    },
  };
}
