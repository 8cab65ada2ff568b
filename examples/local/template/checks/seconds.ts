/** A duration for people: `2.5 s`. */
export function seconds(value: number): string {
  return `${Math.round(value * 1_000) / 1_000} s`;
}
