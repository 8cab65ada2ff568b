import type { Tally } from "../../local/run/tally.ts";
import { SECRET } from "./logs.ts";
import type { Uploaded } from "./upload.ts";

type Line = Readonly<Record<string, unknown>>;

/** Uploads without the line that says what became of them, and lines of what no function should have seen. */
export function wronglyLogged(
  { logs }: Tally,
  uploaded: readonly Uploaded[],
  late: readonly string[],
): string[] {
  const lines = new Map<string, Line[]>();
  for (const { fields } of logs) {
    const id = String(fields["correlation_id"]);
    lines.set(id, [...(lines.get(id) ?? []), fields]);
  }
  const said = (id: string, right: (line: Line) => boolean): boolean => (lines.get(id) ?? []).some(right);
  const known = new Set([...uploaded.map(({ logId }) => logId), ...late]);
  return [
    ...uploaded
      .filter(({ logId, errors, deleted }) => {
        if (errors === undefined) return !said(logId, isCorrupt) || said(logId, isOk);
        const counted = (line: Line) => isOk(line) && line["error_count"] === errors;
        return !(said(logId, counted) || (deleted && said(logId, isGone)));
      })
      .map(({ logId }) => `no line says what became of ${logId}`),
    ...late.filter((id) => !said(id, isGone)).map((id) => `no line says that ${id} is gone`),
    ...[...lines.keys()].filter((id) => !known.has(id)).map((id) => `a line is of ${id}`),
  ];
}

const isOk = (line: Line): boolean => line["outcome"] === "ok";
const isGone = (line: Line): boolean => isOk(line) && line["gone"] === "deleted";
const isCorrupt = (line: Line): boolean => {
  const { code } = (line["error"] ?? {}) as { readonly code?: unknown };
  return line["outcome"] === "failed" && code === "LOG_CORRUPT";
};

/** More lines than invocations, or fewer than those that nobody killed or froze. */
export function notOneLineEach({ logs, invocations, disturbances }: Tally): string[] {
  const { "workers killed": killed = 0, "workers frozen": frozen = 0 } = disturbances;
  const isRight = logs.length <= invocations && logs.length >= invocations - killed - frozen;
  return isRight
    ? []
    : [`${logs.length} lines of ${invocations} invocations, of which ${killed + frozen} were disturbed`];
}

/** Lines and failures that show what is in a log. */
export function leaks({ logs, otherLines }: Tally, failures: readonly string[]): string[] {
  const texts = [...logs.map(({ fields }) => JSON.stringify(fields)), ...otherLines, ...failures];
  return texts.filter((text) => text.includes(SECRET)).map((text) => text.slice(0, 80));
}
