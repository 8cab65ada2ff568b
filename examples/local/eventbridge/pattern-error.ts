/** An event pattern that EventBridge would refuse (InvalidEventPatternException), with the place in the pattern. */
export class PatternError extends Error {
  readonly code = "InvalidEventPatternException";
  /** JSON path of the wrong part: `$.detail.amount[0].numeric`. */
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`Event pattern is not valid at ${path}: ${reason}`);
    this.name = "PatternError";
    this.path = path;
  }
}

/** The JSON path of a member: `$.detail`, `$["detail-type"]`, `$.detail.id[0]`. */
export function member(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}
