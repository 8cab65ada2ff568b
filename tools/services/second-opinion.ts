import type { Tally } from "../verify/tally.ts";
import type { NamedTests } from "./named-tests.ts";
import type { Run } from "./run.ts";

/** Another implementation of something that runs here, and the tests that hold both against each other. */
export interface SecondOpinion {
  readonly name: string;
  /** What holds when it agrees, in a few words. */
  readonly says: string;
  /** Packages with their versions and licences, for people. */
  readonly from: string;
  /** Programs that the machine must have. */
  readonly needs: readonly Program[];
  /** Makes it ready in the cache; does nothing when it is. Rejects with what went wrong. */
  install(run: Run): Promise<void>;
  /** Starts it; resolves once it answers. */
  start?(run: Run): Promise<Started>;
  /** What Vitest is told to run: files and folders, from the root of the repository, and what of them not. */
  readonly tests: readonly string[];
  /** Reads the tests' report when it is not simply that all must pass. */
  judge?(report: NamedTests): Verdict;
}

export interface Started {
  /** How the tests find it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface Verdict {
  readonly tally: Tally;
  /** What is to be said of it, line by line. */
  readonly lines: readonly string[];
}

/** A program that is called by its name. */
export interface Program {
  readonly command: string;
  /** Arguments with which it exits with 0 when it can be used. */
  readonly probe: readonly string[];
  /** "Java 17 or newer (java)" */
  readonly says: string;
}
