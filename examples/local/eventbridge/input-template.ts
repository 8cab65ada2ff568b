/** A template cut at its placeholders. */
export type TemplatePart =
  | { readonly text: string }
  | { readonly placeholder: string; readonly inString: boolean };

/**
 * Cuts an input template at its `<placeholders>` and checks it: valid JSON, or lines of quoted strings, with
 * every placeholder a value or inside a string. `<` and `>` cannot be escaped; a `<` that starts no name is text.
 *
 * @returns what is wrong with the template, when it is.
 */
export function parseTemplate(template: string): readonly TemplatePart[] | { readonly wrong: string } {
  if (template.length < 1 || template.length > 8_192) {
    return { wrong: `the template has ${template.length} characters; EventBridge takes 1 to 8192` };
  }
  const parts: TemplatePart[] = [];
  let text = "";
  let inString = false;
  for (let at = 0; at < template.length; at++) {
    const char = template.charAt(at);
    const placeholder =
      char === "<" ? /^<([A-Za-z0-9._-]+)>/.exec(template.slice(at, at + 260))?.[1] : undefined;
    if (placeholder !== undefined) {
      parts.push({ text }, { placeholder, inString });
      text = "";
      at += placeholder.length + 1;
      continue;
    }
    text += char;
    if (char === '"') inString = !inString;
    if (char === "\\" && inString) text += template.charAt(++at);
  }
  parts.push({ text });
  return wrongWith(parts) ?? parts;
}

function wrongWith(parts: readonly TemplatePart[]): { readonly wrong: string } | undefined {
  // A mark that survives in keys shows a placeholder used as one.
  const mark = "\u0000";
  const trial = parts
    .map((part) => ("text" in part ? part.text : part.inString ? "\\u0000" : "null"))
    .join("");
  const values = parseJson(trial) ?? parseLines(trial);
  if (values === undefined) {
    return {
      wrong:
        "the template is neither JSON nor lines of quoted strings once its placeholders have values; put quotes round text",
    };
  }
  return values.some((value) => someKey(value, (key) => key.includes(mark)))
    ? { wrong: "a placeholder cannot be an object's key" }
    : undefined;
}

function parseJson(text: string): readonly unknown[] | undefined {
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

function parseLines(text: string): readonly unknown[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const values = lines.flatMap((line) => parseJson(line) ?? []);
  return values.length === lines.length && values.every((value) => typeof value === "string")
    ? values
    : undefined;
}

function someKey(value: unknown, test: (key: string) => boolean): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => (!Array.isArray(value) && test(key)) || someKey(inner, test),
  );
}
