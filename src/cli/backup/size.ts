const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** A number of bytes for a person: `999 B`, `1.5 KiB`, `80 GiB`. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  let [value, unit] = [bytes / 1_024, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) [value, unit] = [value / 1_024, unit + 1];
  return `${Number(value < 10 ? value.toFixed(1) : value.toFixed(0))} ${UNITS[unit]}`;
}
