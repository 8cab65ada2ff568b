import type { IncomingMessage, RequestListener } from "node:http";
import { sendJson } from "../../local/process/http-server.ts";

/** An answer of a system outside. */
export interface KeyedAnswer {
  readonly status: number;
  readonly body: object;
}

/** What a POST comes to; called again for a repeat only where keys are not honoured. */
export type KeyedWork = (path: string, body: Readonly<Record<string, string>>, key: string) => KeyedAnswer;

/** What a system does with what it is asked. */
export interface Keyed {
  readonly work: KeyedWork;
  /** What a GET comes to: changes nothing. */
  readonly read?: (path: string) => KeyedAnswer;
}

const NO_SUCH_PAGE: KeyedAnswer = { status: 404, body: { message: "no such page" } };

/** Does the work of each POST, and gives a key's first answer again, a no as well, if it honours keys. */
export function keyedListener(
  honoursKeys: boolean,
  { work, read = () => NO_SUCH_PAGE }: Keyed,
): RequestListener {
  const answers = new Map<string, KeyedAnswer>();
  return (request, response) => {
    const { url = "", headers, method } = request;
    if (method === "GET") {
      const { status, body } = read(url);
      return sendJson(response, status, body);
    }
    const key = String(headers["idempotency-key"]);
    jsonOf(request)
      .then((body) => {
        const answer = (honoursKeys ? answers.get(key) : undefined) ?? work(url, body, key);
        answers.set(key, answer);
        sendJson(response, answer.status, answer.body);
      })
      .catch(() => request.socket.destroy());
  };
}

async function jsonOf(request: IncomingMessage): Promise<Record<string, string>> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return JSON.parse(text) as Record<string, string>;
}
