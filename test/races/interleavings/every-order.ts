/** One thing that may happen next. */
export interface Action {
  readonly name: string;
  run(): void;
}

/** A world that offers what may happen next, until nothing can. */
export interface World {
  /** In the same order every time the same actions were taken before. */
  actions(): readonly Action[];
  /** Lets everything happen that follows without anybody's choice. */
  settle(): Promise<void>;
  /** Throws when something is wrong that must never be. Asked after every action. */
  check(): Promise<void>;
  /** Asked when nothing can happen any more. */
  checkEnd(): void | Promise<void>;
}

export interface Explored {
  readonly schedules: number;
  /** Whether every order was run, or the limit came first. */
  readonly isComplete: boolean;
}

/**
 * Runs a world through every order of its actions: each schedule from the start, the last choice that has another
 * option changed in the next (stateless model checking, depth first).
 */
export async function everyOrder(newWorld: () => World, limit = 1_000_000): Promise<Explored> {
  let choices: { chosen: number; of: number }[] = [];
  for (let schedules = 1; ; schedules += 1) {
    const taken: string[] = [];
    const world = newWorld();
    await world.settle();
    try {
      for (let step = 0; ; step += 1) {
        const actions = world.actions();
        if (actions.length === 0) break;
        const choice = choices[step] ?? { chosen: 0, of: actions.length };
        choices[step] = choice;
        if (choice.of !== actions.length) throw new Error("The world is not the same when it is run again.");
        const action = actions[choice.chosen];
        if (action === undefined) throw new Error("No such action.");
        taken.push(action.name);
        action.run();
        await world.settle();
        await world.check();
      }
      await world.checkEnd();
    } catch (cause) {
      throw new Error(`${(cause as Error).message}\nafter ${taken.join(", ")}`, { cause });
    }
    while (choices.length > 0) {
      const last = choices.at(-1);
      if (last !== undefined && last.chosen + 1 < last.of) {
        last.chosen += 1;
        break;
      }
      choices.pop();
    }
    if (choices.length === 0) return { schedules, isComplete: true };
    if (schedules === limit) return { schedules, isComplete: false };
    choices = [...choices];
  }
}
