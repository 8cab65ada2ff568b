import type { IncomingMessage, RequestListener } from "node:http";
import { sendJson } from "../../local/process/http-server.ts";

/** An answer of a system outside. */
export interface KeyedAnswer {
  readonly status: number;
  readonly body: object;
}

/** What a request comes to; called again for a repeat only where keys are not honoured. */
export type KeyedWork = (path: string, body: Readonly<Record<string, string>>, key: string) => KeyedAnswer;

/** Does the work of each POST, and gives a key's first answer again, a no as well, if it honours keys. */
export function keyedListener(honoursKeys: boolean, work: KeyedWork): RequestListener {
  const answers = new Map<string, KeyedAnswer>();
  return (request, response) => {
    const { url = "", headers } = request;
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
