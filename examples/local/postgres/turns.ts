/** The right to be the only one, handed from one to the next in the order in which they asked. */
export interface Turns {
  /** Resolves once it is this one's turn, with what ends it. Asked for and no longer wanted, it is ended at once. */
  take(): Promise<() => void>;
}

export function turns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return {
    async take() {
      const before = last;
      let end = (): void => {};
      last = new Promise((ended) => {
        end = ended;
      });
      await before;
      return end;
    },
  };
}
