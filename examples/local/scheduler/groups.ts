import type { CloudClock } from "../services.ts";
import { RequestError } from "./request-error.ts";

export interface StoredGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdMs: number;
  readonly clientToken?: string | undefined;
}

/** Schedule groups; `default` is always there. */
export interface ScheduleGroups {
  /** @throws RequestError ConflictException. */
  create(name: string, clientToken?: string): StoredGroup;
  /** @throws RequestError ResourceNotFoundException. */
  get(name: string): StoredGroup;
  /** @throws RequestError ResourceNotFoundException, and ValidationException for `default`. */
  delete(name: string): void;
  list(): readonly StoredGroup[];
}

export function scheduleGroups(options: {
  readonly clock: CloudClock;
  readonly arnOf: (name: string) => string;
}): ScheduleGroups {
  const { clock, arnOf } = options;
  const groups = new Map<string, StoredGroup>();
  const add = (name: string, clientToken?: string): StoredGroup => {
    const group = { name, arn: arnOf(name), createdMs: clock.now(), clientToken };
    groups.set(name, group);
    return group;
  };
  const get = (name: string): StoredGroup => {
    const group = groups.get(name);
    if (group === undefined) {
      throw new RequestError("ResourceNotFoundException", `Schedule group ${name} does not exist.`);
    }
    return group;
  };
  add("default");
  return {
    create(name, clientToken) {
      const before = groups.get(name);
      if (before === undefined) return add(name, clientToken);
      if (clientToken !== undefined && before.clientToken === clientToken) return before;
      throw new RequestError("ConflictException", `Schedule group ${name} already exists.`);
    },
    get,
    delete(name) {
      get(name);
      if (name === "default") {
        throw new RequestError("ValidationException", "The default schedule group cannot be deleted.");
      }
      groups.delete(name);
    },
    list: () => [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
