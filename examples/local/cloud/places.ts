import type { Place } from "../template/stack.ts";

/** A place of the template in words: `template.yaml:42 Resources.Orders`. */
export function at({ file, line, path }: Place): string {
  return `${file}:${line} ${path}`;
}
