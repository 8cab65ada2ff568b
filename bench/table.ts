import type { Row } from "./row.ts";

/** The rows as text for people, one line each. */
export function table(rows: readonly Row[]): string {
  const lines = [["", "ours", "peer", "", "ratio (rounds)", "target", ""], ...rows.map(cells)];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cells(row: Row): string[] {
  const [least, greatest] = row.spread.map(short);
  const judged =
    row.ratio === null
      ? `${row.unit} ${least} … ${greatest}`
      : `${short(row.ratio)} (${least} … ${greatest})`;
  const unit = row.ratio === null ? ` ${row.unit}` : "";
  return [
    `${row.module}: ${row.name}`,
    `${short(row.ours)} ${row.unit}`,
    row.peer === null ? "" : `${short(row.peer)} ${row.unit}`,
    row.peerName ?? "",
    judged,
    row.target === null ? "" : `≤ ${row.target}${unit}`,
    row.met === null ? "" : row.met ? "met" : "MISSED",
  ];
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
