export type { AdminStore } from "./admin-store.ts";
export { inspect } from "./inspect.ts";
export type { Inspection, NextDelivery, RecordStatus } from "./inspection.ts";
export { type PurgeAnswer, purge } from "./purge.ts";
export { type RecordOf, recordId } from "./record-id.ts";
export { type SettleAnswer, settle } from "./settle.ts";
export type { Finding, Settlement, SettleOptions } from "./settlement.ts";
export type { InspectedFailure, InspectedStep, InspectedSteps } from "./steps.ts";
