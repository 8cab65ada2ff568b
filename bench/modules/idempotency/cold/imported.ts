export { wrapHandler } from "holdfast";
export { idempotent } from "holdfast/idempotency";
