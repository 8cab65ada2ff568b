import { HoldfastError } from "../../core/errors.ts";
import type { HttpRequest } from "./host.ts";

/** A request, or what carries one: Hono's context, which can read the body again, or an event of SvelteKit, Remix and Astro. */
export type FetchInput =
  | Request
  | { readonly request: Request }
  | { readonly req: { readonly raw: Request; arrayBuffer(): Promise<ArrayBuffer> } };

/** @throws HoldfastError `WRONG_EVENT` for what is no request. */
export function rawOf(input: FetchInput): Request {
  const { req, request } = Object(input) as {
    readonly req?: { readonly raw?: Request };
    readonly request?: Request;
  };
  const raw = req?.raw ?? request ?? (input as Request);
  if (typeof raw?.method === "string" && typeof raw.headers?.get === "function") return raw;
  throw new HoldfastError(
    "WRONG_EVENT",
    "idempotentFetch: expected a Request, or what has one as req.raw or request, and was given something else. Nothing was run.",
  );
}

/** Reads a copy of the body, so that the function can read it, too. */
export async function fetchRequest(input: FetchInput): Promise<HttpRequest> {
  const raw = rawOf(input);
  const { pathname, search } = new URL(raw.url);
  return {
    method: raw.method,
    path: pathname,
    query: search,
    body: new Uint8Array(await bodyOf(input, raw)),
  };
}

function bodyOf(input: FetchInput, raw: Request): Promise<ArrayBuffer> {
  if (!raw.bodyUsed) return raw.clone().arrayBuffer();
  // Read before by a middleware: a context remembers what it read.
  if ("req" in input) return input.req.arrayBuffer();
  throw new HoldfastError(
    "BODY_USED",
    "idempotentFetch: the request's body was read before, so it cannot be compared. Nothing was run. Read it inside the function, or read request.clone().",
  );
}
