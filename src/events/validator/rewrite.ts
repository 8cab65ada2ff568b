import { MEMBER_PARAMETERS } from "./problems.ts";

/** What of ajv's runtime its code asks for, and how ours is named there. */
const HELPERS: Readonly<Record<string, string>> = {
  '"ajv/dist/runtime/ucs2length"': "tools.length",
  '"ajv/dist/runtime/equal"': "tools.equal",
};

/**
 * Makes standalone code of ajv's the body of a function of `tools`.
 *
 * Its helpers are ours; every function of it tells `tools.spend` when it starts, so that a check can be ended;
 * errors are added in place, for ajv copies the list with each that comes out of a `$ref`; and it is a third shorter.
 * Strings are put aside meanwhile: what a schema says in them is not code.
 *
 * @throws Error when it is not the code that was expected: another version of ajv's.
 */
export function rewritten(standalone: string): string {
  const strings: string[] = [];
  const masked = standalone.replace(/"(?:[^"\\\n]|\\.)*"/g, (text) => `"${strings.push(text) - 1}"`);
  const textAt = (index: string): string => strings[Number(index)] ?? "";
  let name: string | undefined;
  const body = masked
    .replace(/^"\d+";module\.exports = (\w+);module\.exports\.default = \1;/, (_, found: string) => {
      name = found;
      return "";
    })
    .replace(/\/\*# sourceURL="\d+" \*\//g, "")
    .replace(/require\("(\d+)"\)\.default/g, (text, index: string) => HELPERS[textAt(index)] ?? text)
    .replace(/function validate\d+\(data, \{instancePath="\d+"[^)]*\)\{/g, "$&tools.spend(data);")
    .replace(/\{instancePath(:[^{}]*?)?,schemaPath:"\d+",/g, "{instancePath$1,")
    .replace(/,params:\{[^{}]*\}/g, (params) => (NAMES_MEMBER.test(params) ? params : ""))
    .replace(
      /if\(vErrors === null\)\{vErrors = \[(\w+)\];\}else \{vErrors\.push\(\1\);\}/g,
      "vErrors = tools.put(vErrors, $1);",
    )
    .replace(/vErrors\.concat\(([\w.]+\.errors)\)/g, "tools.add(vErrors, $1)")
    // A line for each statement at the top: what changes in a schema can be seen in a review.
    .replace(/;(?=(?:const|function) )/g, ";\n");
  const used = withoutUnusedSchemas(body);
  const isCounted = times(used, /function validate\d+\(/g) === times(used, /tools\.spend\(data\)/g);
  if (name === undefined || !isCounted || /\brequire\(/.test(used)) {
    throw new Error("this version of ajv makes code that holdfast does not know");
  }
  return `${used}\nreturn ${name};`.replace(/"(\d+)"/g, (_, index: string) => textAt(index));
}

/** Of the parameters of errors, those that say which member it is. */
const NAMES_MEMBER = new RegExp(`[{ ](?:${MEMBER_PARAMETERS.join("|")}):`);

/** ajv writes each schema down whole, and looks into few of them. */
function withoutUnusedSchemas(body: string): string {
  return body.replace(/^const (schema\d+) = [^\n]*;\n/gm, (line, schema: string) =>
    body.split(new RegExp(`\\b${schema}\\b`)).length > 2 ? line : "",
  );
}

function times(text: string, expression: RegExp): number {
  return text.match(expression)?.length ?? 0;
}
