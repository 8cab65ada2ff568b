import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, startHttpServer } from "../process/http-server.ts";
import type { Observe, Running } from "../services.ts";
import { startDeliveries } from "./delivery.ts";
import { readMessage } from "./message.ts";
import { type Operations, operations } from "./operations.ts";
import { readForm } from "./query.ts";
import { SnsError } from "./sns-error.ts";
import { makePublish, type TopicsOptions } from "./topics.ts";
import { element, textElement } from "./xml.ts";

export interface SnsOptions extends TopicsOptions {
  readonly observe: Observe;
}

export interface Sns extends Running {
  /** For AWS_ENDPOINT_URL_SNS. */
  readonly endpoint: string;
  /**
   * Publishes for another service, under the same rules as the API; attributes are of type String.
   *
   * @throws SnsError
   */
  publish(topicArn: string, message: string, attributes?: Readonly<Record<string, string>>): void;
  /** Notifications that have neither arrived nor been given up. */
  pending(): number;
}

/** Room for a batch at its largest with every character escaped. */
const MAX_BODY_BYTES = 4 * 1_048_576;

/**
 * Starts SNS's API (the AWS Query protocol) on a free loopback port, for the templates' topics and subscriptions.
 *
 * What differs from AWS: nothing is signed; filter policies take every operator of EventBridge's patterns, which are
 * a few more than SNS documents.
 *
 * @throws Error when a filter policy is wrong, naming its place in the template.
 */
export async function startSns(options: SnsOptions): Promise<Sns> {
  const { topics, subscriptions, clock, observe } = options;
  const deliveries = startDeliveries({ clock, observe });
  const publish = makePublish(options, deliveries);
  const serve = operations({ topics, subscriptions, publish });
  const server = await startHttpServer((request, response) => void answer(serve, request, response));
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    publish(topicArn, text, attributes = {}) {
      const topic = topics.find(({ arn }) => arn === topicArn);
      if (topic === undefined) throw new SnsError("NotFound", `Topic does not exist: ${topicArn}`, 404);
      const params = new Map([["Message", text]]);
      for (const [index, [name, value]] of Object.entries(attributes).entries()) {
        const entry = `MessageAttributes.entry.${index + 1}`;
        params.set(`${entry}.Name`, name).set(`${entry}.Value.DataType`, "String");
        params.set(`${entry}.Value.StringValue`, value);
      }
      publish(topic, readMessage(params, topic));
    },
    pending: () => deliveries.pending(),
    async stop() {
      await deliveries.stop();
      await server.stop();
    },
  };
}

async function answer(serve: Operations, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = randomUUID();
  const metadata = textElement("RequestId", requestId);
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === "too-large") throw new SnsError("InvalidParameter", "The request is too large.", 413);
    const params = readForm(body);
    const action = params.get("Action");
    if (action === undefined) throw new SnsError("MissingAction", "This is SNS: POST a form with an Action.");
    const result = element(`${action}Result`, serve(action, params));
    send(response, 200, element(`${action}Response`, result, element("ResponseMetadata", metadata)));
  } catch (error) {
    const { code, status } = error instanceof SnsError ? error : { code: "InternalError", status: 500 };
    const message = error instanceof Error ? error.message : String(error);
    const type = status < 500 ? "Sender" : "Receiver";
    const described = [textElement("Type", type), textElement("Code", code), textElement("Message", message)];
    send(response, status, element("ErrorResponse", element("Error", ...described), metadata));
  }
}

function send(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { "content-type": "text/xml" }).end(xml);
}
