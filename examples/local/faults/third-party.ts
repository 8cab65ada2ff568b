import { type IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { sendJson, startHttpServer } from "../process/http-server.ts";
import type { Running } from "../services.ts";
import type { ThirdPartyFault } from "./plan.ts";

/** What happens to a request to a system outside, `sinceFirstMs` real milliseconds after its first one. */
export type ThirdPartyFate = (name: string, sinceFirstMs: number) => ThirdPartyFault | undefined;

/** A system outside the account, on loopback, that is as slow, failing or dead as the run's plan says. */
export async function startThirdParty(options: {
  readonly name: string;
  readonly fate: ThirdPartyFate;
  readonly listener: RequestListener;
  /** Told of every request, whatever happens to it. */
  readonly watch?: RequestListener;
}): Promise<Running & { readonly endpoint: string }> {
  const { name, fate, listener, watch } = options;
  const stopping = new AbortController();
  /** Ends with the server: nobody waits for the answer any more. */
  const later = (delayMs: number, request: IncomingMessage, answer: () => void): void =>
    void wait(delayMs, undefined, { signal: stopping.signal }).then(answer, () => request.socket.destroy());
  let firstMs: number | undefined;
  const server = await startHttpServer((request, response) => {
    const nowMs = performance.now();
    firstMs ??= nowMs;
    watch?.(request, response);
    const fault = fate(name, nowMs - firstMs);
    switch (fault?.do) {
      case "dead":
        return void request.socket.destroy();
      case "fail":
        return later(fault.delayMs ?? 0, request, () => sendFailure(response, fault));
      case "lose-reply":
        return listener(request, unheard(request));
      case "slow":
        return later(fault.delayMs ?? 0, request, () => listener(request, response));
      default:
        return listener(request, response);
    }
  });
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    stop() {
      stopping.abort();
      return server.stop();
    },
  };
}

function sendFailure(response: ServerResponse, { status = 503, retryAfterS }: ThirdPartyFault): void {
  if (retryAfterS !== undefined) response.setHeader("retry-after", retryAfterS);
  sendJson(response, status, { message: "try again" });
}

/** An answer that goes nowhere. When it is complete, who asked sees a reset connection. */
function unheard(request: IncomingMessage): ServerResponse<IncomingMessage> & { req: IncomingMessage } {
  const response = new ServerResponse(request);
  const nowhere = new Writable({ write: (_chunk, _encoding, written) => written() });
  // A response only writes to its socket.
  response.assignSocket(nowhere as Socket);
  response.once("finish", () => request.socket.destroy());
  return response;
}
