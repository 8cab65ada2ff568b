import {
  CrashFoundError,
  type ExploreCrashesOptions,
  exploreCrashes,
  type SetUpWorld,
} from "holdfast/testing";

/** The failure that an exploration finds; an error when it finds none. */
export async function foundBy(setUp: SetUpWorld, options?: ExploreCrashesOptions): Promise<CrashFoundError> {
  const outcome = await exploreCrashes(setUp, options).catch((error: unknown) => error);
  if (outcome instanceof CrashFoundError) return outcome;
  throw outcome instanceof Error ? outcome : new Error(`All of it holds: ${JSON.stringify(outcome)}`);
}
