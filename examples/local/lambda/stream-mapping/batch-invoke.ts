import type { Observe } from "../../services.ts";
import type { InvocationInfo, InvokeResult, LambdaFaults } from "../invocation.ts";
import type { InvokeOptions } from "../lambda-service.ts";
import type { StreamRecord } from "./source.ts";

export type Invoke = (functionArn: string, payload: string, options: InvokeOptions) => Promise<InvokeResult>;

/** Runs the mapping's function with records. */
export interface BatchInvoke {
  /** `more` stands in the event beside the records. */
  run(
    records: readonly StreamRecord[],
    attempt: number,
    more?: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly result: InvokeResult; readonly info: InvocationInfo }>;
  /** Delivers a batch once more when the faults say so: a stream's delivery is at least once. */
  duplicate(info: InvocationInfo, requestId: string, records: number): Promise<void>;
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
  const call = (info: InvocationInfo): Promise<InvokeResult> =>
    Promise.race([options.invoke(functionArn, info.payload, { source, attempt: info.attempt }), stopped]);
  return {
    async run(records, attempt, more = {}) {
      const payload = JSON.stringify({ Records: records.map(({ event }) => event), ...more });
      const info = { functionName, requestId: "", payload, source, attempt };
      return { result: await call(info), info };
    },
    async duplicate(info, requestId, records) {
      if (options.faults?.duplicateBatch?.({ ...info, requestId }) !== true) return;
      options.observe({ type: "duplicate", functionName, records });
      await call({ ...info, attempt: info.attempt + 1 });
    },
  };
}
