import { rootCall } from "holdfast";
import type { AdminStore } from "holdfast/idempotency/admin";
import { idempotencyWith } from "../../../src/cli/idempotency/index.ts";
import { type World, world } from "../../idempotency/admin/records.ts";
import { type Ran, type RunOptions, runCommand } from "../fake-io.ts";

/** Runs `holdfast idempotency <args>` on the one key of a world. */
export function holdfast(
  here: World,
  args: string,
  options: RunOptions = {},
  store: AdminStore = here.store,
): Promise<Ran> {
  const command = idempotencyWith(async () => ({ store }));
  const [name = "", ...rest] = args.split(" ");
  return runCommand(command, [name, "--id", here.id, ...rest].filter(Boolean), {
    runtime: here.clock,
    ...options,
  });
}

/** A key whose run does not know whether it did the work. */
export async function unknown(): Promise<World> {
  const here = world();
  await here.deliver(() => Promise.reject(new Error("no reply")), { onError: () => "unknown-outcome" });
  return here;
}

/** The state of the record as it stands. */
export const state = async (here: World): Promise<string | undefined> =>
  (await here.store.read(here.id, rootCall()))?.state;
