/** Whether something holds; undefined where it cannot be told. */
export type Verdict = boolean | undefined;

/** False when one is; else undefined when one is. */
export function all(checks: readonly (() => Verdict)[]): Verdict {
  let verdict: Verdict = true;
  for (const check of checks) {
    const one = check();
    if (one === false) return false;
    if (one === undefined) verdict = undefined;
  }
  return verdict;
}

export function not(verdict: Verdict): Verdict {
  return verdict === undefined ? undefined : !verdict;
}

export function exactlyOne(verdicts: readonly Verdict[]): Verdict {
  const matched = verdicts.filter((one) => one === true).length;
  if (matched > 1) return false;
  return verdicts.includes(undefined) ? undefined : matched === 1;
}
