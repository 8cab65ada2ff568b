import { SNSClient } from "@aws-sdk/client-sns";
import type { Running } from "../services.ts";

/** AWS clients of those services that have none of their own, for scenarios and tests. */
export interface Clients extends Running {
  readonly sns: SNSClient;
}

export function makeClients(region: string, endpoints: { readonly sns: string }): Clients {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const sns = new SNSClient({ endpoint: endpoints.sns, region, credentials });
  return {
    sns,
    async stop() {
      sns.destroy();
    },
  };
}
