import { RequestError } from "../process/request-error.ts";
import { type Input, readInteger, readText } from "./input.ts";

/** One page of a list, and how the answer says where it ends. The marker is the name that comes first next. */
export function page<T>(
  input: Input,
  all: readonly T[],
  nameOf: (item: T) => string,
  limit: { readonly standard: number; readonly most: number },
): { readonly items: readonly T[]; readonly end: { Truncated: boolean; NextMarker?: string } } {
  const count = readInteger(input, "Limit", 1, limit.most) ?? limit.standard;
  const marker = readText(input, "Marker", { most: 1_024 });
  const sorted = all.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const start = marker === undefined ? 0 : sorted.findIndex((item) => nameOf(item) === marker);
  if (start < 0)
    throw new RequestError("InvalidMarkerException", "The marker is not one that was given out.");
  const next = sorted[start + count];
  return {
    items: sorted.slice(start, start + count),
    end: next === undefined ? { Truncated: false } : { Truncated: true, NextMarker: nameOf(next) },
  };
}
