/** What became of one entry. */
export type BulkResult =
  | {
      readonly ok: true;
      /** The target's own identifier of what was written, where it gives one. */
      readonly id?: string;
    }
  | {
      readonly ok: false;
      readonly error: unknown;
      /** Whether sending the same entry again, later, can succeed. */
      readonly retryable?: boolean;
    };
