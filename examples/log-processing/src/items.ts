import type { LogObject } from "./log-object.ts";

/** What a log came to, as a DynamoDB item: the same log is always the same bytes. */
export function processedLogItem(log: LogObject, errorCount: number) {
  return {
    log_id: { S: log.logId },
    timestamp: { S: log.time },
    error_count: { N: String(errorCount) },
  };
}

/** Puts it; unconditionally, for the transaction it is part of happens once. */
export function putProcessedLog(tableName: string, log: LogObject, errorCount: number) {
  return { Put: { TableName: tableName, Item: processedLogItem(log, errorCount) } };
}

/** Adds the log to its day's total by ADD, an effect that a repeat would repeat. */
export function addToDay(tableName: string, log: LogObject, errorCount: number) {
  return {
    Update: {
      TableName: tableName,
      Key: { day: { S: log.day } },
      UpdateExpression: "ADD #errors :errors, #logs :one",
      ExpressionAttributeNames: { "#errors": "errors", "#logs": "logs" },
      ExpressionAttributeValues: { ":errors": { N: String(errorCount) }, ":one": { N: "1" } },
    },
  };
}
