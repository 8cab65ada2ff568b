export { seededRandom } from "../../src/core/runtime/seeded-random.ts";
