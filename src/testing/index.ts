export { type ManualRuntime, manualRuntime } from "../core/runtime/manual-runtime.ts";
export { seededRandom } from "../core/runtime/seeded-random.ts";
export { type FakeContextOptions, fakeContext } from "./fake-context.ts";
