const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** A length of time in the largest unit of which there are two at least: `90 s`, `14 d`. */
export function span(ms: number): string {
  const [unit, lengthMs] = UNITS.find(([, length]) => Math.abs(ms) >= 2 * length) ?? ["ms", 1];
  return `${Math.round(ms / lengthMs)} ${unit}`;
}
