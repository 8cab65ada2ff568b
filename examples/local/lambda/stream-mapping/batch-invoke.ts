import type { Observe } from "../../services.ts";
import type { InvokeResult, LambdaFaults } from "../invocation.ts";
import type { InvokeOptions } from "../lambda-service.ts";
import type { StreamRecord } from "./source.ts";

export type Invoke = (functionArn: string, payload: string, options: InvokeOptions) => Promise<InvokeResult>;

/** Beside the records in the event: the fields of a window. */
type More = Readonly<Record<string, unknown>>;

/** Runs the mapping's function with records. */
export interface BatchInvoke {
  run(records: readonly StreamRecord[], attempt: number, more: More): Promise<InvokeResult>;
  /** Delivers a batch once more when the faults say so: a stream's delivery is at least once. */
  duplicate(records: readonly StreamRecord[], attempt: number, more: More): Promise<void>;
}

export function batchInvoke(options: {
  readonly invoke: Invoke;
  readonly functionArn: string;
  readonly functionName: string;
  readonly source: string;
  readonly observe: Observe;
  readonly faults?: LambdaFaults;
  readonly signal: AbortSignal;
}): BatchInvoke {
  const { functionArn, functionName, source, signal } = options;
  /** What an invocation in progress counts as once we stop: it ends with its environment, not with us. */
  const stopped = new Promise<InvokeResult>((resolve) => {
    signal.addEventListener("abort", () =>
      resolve({ status: "rejected", requestId: "", code: "ServiceException", message: "stopping" }),
    );
  });
  const run: BatchInvoke["run"] = (records, attempt, more) => {
    const payload = JSON.stringify({ Records: records.map(({ event }) => event), ...more });
    return Promise.race([options.invoke(functionArn, payload, { source, attempt }), stopped]);
  };
  return {
    run,
    async duplicate(records, attempt, more) {
      if (options.faults?.duplicate(functionName) !== true) return;
      options.observe({ type: "duplicate", functionName, records: records.length });
      await run(records, attempt + 1, more);
    },
  };
}
