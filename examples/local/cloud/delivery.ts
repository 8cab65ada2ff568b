import type { Deliver } from "../services.ts";

/** Who takes what an ARN names. Services are registered as they start, and may deliver to each other. */
export interface Delivery {
  /** @throws Error with `code` ResourceNotFoundException for an ARN that nobody takes. */
  readonly deliver: Deliver;
  /** `service` is the ARN's third part: `lambda`, `sqs`, `sns`, `events`, `kinesis`, `states`. */
  serve(service: string, take: Deliver): void;
}

export function startDelivery(): Delivery {
  const takers = new Map<string, Deliver>();
  return {
    async deliver(arn, payload, attributes) {
      const take = takers.get(arn.split(":")[2] ?? "");
      if (take === undefined) throw notFound(arn);
      await take(arn, payload, attributes);
    },
    serve(service, take) {
      takers.set(service, take);
    },
  };
}

/** What a service says of an ARN it has nothing for. */
export function notFound(arn: string): Error {
  const error = new Error(`nothing that can be delivered to has the ARN ${arn}`);
  return Object.assign(error, { code: "ResourceNotFoundException" });
}
