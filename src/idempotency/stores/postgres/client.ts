/** What a query answers, as far as it is looked at here. */
export interface PostgresResult {
  readonly rows: readonly object[];
  /** How many rows the statement changed, or returned. */
  readonly rowCount?: number | null;
  /** The statement's command, as the server names what it did. */
  readonly command?: string;
}

/** One connection that nobody else uses until it is released. */
export interface PostgresClient {
  /** Rejects with an error whose `code` is the SQLSTATE, when the server refused. */
  query(text: string, values?: unknown[]): Promise<PostgresResult>;
  /** Gives it back; with an error it must be closed, not used again. */
  release(error?: Error): void;
  /** Where a client emits `error` when its connection breaks: without a listener that would end the process. */
  on?(event: "error", listener: (error: Error) => void): unknown;
  off?(event: "error", listener: (error: Error) => void): unknown;
}

/** `new pg.Pool(…)`, or whatever hands out connections in the same way. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
}
