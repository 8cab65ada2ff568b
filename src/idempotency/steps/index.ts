export { type ResumableOptions, resumable } from "./resumable.ts";
export type { StepContext, StepOptions, StepUnit, WithSteps } from "./unit.ts";
