/** Lambda's quotas (AWS page 'Lambda quotas'). */
export const limits = {
  /** Synchronous request and response payload, in bytes: 6 MB and 100 bytes of room for the envelope. */
  syncPayloadBytes: 6 * 1024 * 1024 + 100,
  /** Asynchronous request payload, in bytes. */
  asyncPayloadBytes: 1024 * 1024,
  /** The records of one batch, in bytes of JSON. */
  batchPayloadBytes: 6 * 1024 * 1024,
  /** Time for the code outside the handler, in milliseconds. */
  initMs: 10_000,
  /** Concurrent executions of an account in a region. */
  accountConcurrency: 1_000,
} as const;
