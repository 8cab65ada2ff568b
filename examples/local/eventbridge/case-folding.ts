const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/**
 * A test that takes each character of `text` in its lower or upper case, as EventBridge's own matcher does:
 * the two can differ in length (`ß`, `SS`), so comparing two lower-cased strings would not be the same.
 */
export function ignoringCase(
  text: string,
  where: "equals" | "prefix" | "suffix",
): (value: string) => boolean {
  const body = Array.from(text, (char) => {
    const lower = escapeRegExp(char.toLowerCase());
    const upper = escapeRegExp(char.toUpperCase());
    return lower === upper ? lower : `(?:${lower}|${upper})`;
  }).join("");
  const expression = new RegExp(
    `${where === "suffix" ? "" : "^"}${body}${where === "prefix" ? "" : "$"}`,
    "u",
  );
  return (value) => expression.test(value);
}
