export type { FetchInput } from "./fetch-request.ts";
export type { HttpRequest } from "./host.ts";
export { type IdempotentFetchOptions, idempotentFetch } from "./idempotent-fetch.ts";
export { idempotentHttp } from "./idempotent-http.ts";
export type { HttpAnswer } from "./lambda-answer.ts";
export type { HttpEvent } from "./lambda-event.ts";
export type { IdempotentHttpOptions } from "./options.ts";
export { isRemembered } from "./remembered.ts";
