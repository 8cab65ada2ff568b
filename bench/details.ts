/** What is behind a module's rows: its own table, with a line for each of its runs. */
export interface Details {
  readonly title: string;
  readonly lines: readonly Readonly<Record<string, string | number | null>>[];
}

/** As text for people. All lines have the columns of the first. */
export function detailsTable({ title, lines }: Details): string {
  const names = Object.keys(lines[0] ?? {});
  const all = [names, ...lines.map((line) => names.map((name) => short(line[name] ?? null)))];
  const widths = names.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const texts = all.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [title, ...texts].join("\n");
}

function short(value: string | number | null): string {
  if (value === null) return "-";
  if (typeof value === "string" || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}
