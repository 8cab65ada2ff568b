/** The resource that SAM makes of some of a function's properties: its role, its events. */
export function partName(logicalId: string, order: "before" | "after"): string {
  return `${logicalId} (${order === "before" ? "role" : "events"})`;
}
