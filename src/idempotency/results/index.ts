export type { ResultKeeper, ResultOwner } from "./keeper.ts";
export { type ResultKeeperOptions, resultKeeper } from "./result-keeper.ts";
