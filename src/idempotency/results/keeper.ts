import type { Call } from "../../core/call.ts";

/** Which record a result belongs to, and which run of it. */
export interface ResultOwner {
  readonly id: string;
  readonly owner: string;
}

/**
 * How a result's text becomes what the record keeps, and the text again.
 *
 * `keep` answers undefined when the text cannot be kept; then the record says that it was done, and no more. `text`
 * must also read what the record itself keeps, for records outlive a change of settings.
 */
export interface ResultKeeper {
  keep(text: string, of: ResultOwner, call: Call): string | undefined | Promise<string | undefined>;
  text(kept: string, of: ResultOwner, call: Call): string | Promise<string>;
}
