/** What `compile-definition.ts` has written before it is imported. */
declare module "*/.build/bench/order-placed.mjs" {
  import type { CompiledValidators } from "holdfast/events/compiled";

  const compiled: CompiledValidators;
  export default compiled;
}
