import { type Runtime, systemRuntime } from "./runtime.ts";

/** Under this name a test's context carries its clock: `fakeContext` in `holdfast/testing` puts it there. */
export const RUNTIME: unique symbol = Symbol.for("holdfast.runtime") as never;

/** The runtime that a context carries; the real one for a context that Lambda made. */
export function contextRuntime(context: object | undefined): Runtime {
  return (context as { readonly [RUNTIME]?: Runtime } | undefined)?.[RUNTIME] ?? systemRuntime;
}
