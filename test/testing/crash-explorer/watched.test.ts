import { describe, expect, test } from "vitest";
import { type Perform, watched } from "../../../src/testing/crash-explorer/watched.ts";

function watching<T extends object>(target: T) {
  const calls: string[] = [];
  const perform: Perform = (operation, send) => {
    calls.push(operation);
    return send();
  };
  return { target: watched("it", target, perform), calls };
}

class Counter {
  #sum = 0;
  readonly name = "counter";
  get sum(): number {
    return this.#sum;
  }
  async add(by: number): Promise<number> {
    this.#sum += by;
    return this.check();
  }
  check(): number {
    return this.#sum;
  }
}

describe("a watched target", () => {
  test("calls its methods by name, and nothing that it calls itself", async () => {
    const { target, calls } = watching(new Counter());
    expect(await target.add(2)).toBe(2);
    expect(calls).toEqual(["it.add"]);
  });

  test("has the properties, getters and class of its own", () => {
    const { target, calls } = watching(new Counter());
    expect([target.name, target.sum, target instanceof Counter, "add" in target]).toEqual([
      "counter",
      0,
      true,
      true,
    ]);
    expect(calls).toEqual([]);
  });

  test("can be spread, taken apart, frozen, and given other properties", () => {
    const given: { call: () => string; other?: number } = { call: () => "called" };
    const { target, calls } = watching(given);
    const { call } = target;
    expect([{ ...target }.call(), call(), target.call === call]).toEqual(["called", "called", true]);
    target.other = 1;
    expect(given.other).toBe(1);
    const frozen = watching(Object.freeze({ call: () => "called" }));
    expect(frozen.target.call()).toBe("called");
    expect([calls.length, frozen.calls.length]).toEqual([2, 1]);
  });

  test("may be a function, which is called by the name alone", () => {
    const { target, calls } = watching((word: string) => word.length);
    expect(target("four")).toBe(4);
    expect(calls).toEqual(["it"]);
  });
});
