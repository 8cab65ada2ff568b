import type { Handler } from "./context.ts";

/** How a request is recognised, and everything it may carry: what is not listed is refused, never ignored. */
export interface Operation {
  readonly name: string;
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly level: "service" | "bucket" | "object";
  readonly handle: Handler;
  /** Query parameters that make it this operation. */
  readonly marks?: readonly string[];
  /** Whether `x-amz-copy-source` makes it this operation. */
  readonly copies?: boolean;
  /** Query parameters it may have besides. */
  readonly query?: readonly string[];
  /** Headers that change what it does: `x-amz-*`, conditions, ranges. */
  readonly headers?: readonly string[];
  /** Whether it takes `x-amz-meta-*`. */
  readonly metadata?: boolean;
  /** Whether it has a body that may be chunked and checked. */
  readonly body?: boolean;
}
