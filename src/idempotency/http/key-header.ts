/** What a server asks of a key beyond its syntax. */
export interface KeyRules {
  /** The field's name, as errors say it. */
  readonly header: string;
  /** Whether a key without quotes is refused. */
  readonly strict: boolean;
  readonly keyFormat: RegExp | undefined;
}

/** What a request says of its key: the key, or why there is none. */
export type KeyReading =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "missing" }
  | { readonly kind: "malformed"; readonly why: string };

/** What payment APIs allow, and enough for any identifier. */
export const LONGEST_KEY = 255;

/**
 * One member of a field's value, and the comma or end after it.
 *
 * With quotes it is a String of RFC 9651, section 3.3.3; parameters may follow (section 3.1.2), and mean nothing here.
 * Without, whatever is visible ASCII but for quote, comma and semicolon: UUIDs, ULIDs, base64.
 */
const MEMBER =
  /[ \t]*(?:"((?:[ !#-[\]-~]|\\["\\])*)"(?:; *[a-z*][\w.*-]*(?:=(?:"(?:[ !#-[\]-~]|\\["\\])*"|[^\s",;]+))?)*|([!#-+\--:<-~]+))[ \t]*(,|$)/y;

/**
 * Reads the key from all lines of the field that a request has; a line may be several ones that a gateway joined by commas.
 *
 * A key is the same with quotes and without. The same key twice is one key, for proxies repeat lines; two keys are none.
 */
export function readKey(lines: readonly string[], rules: KeyRules): KeyReading {
  const { header, strict, keyFormat } = rules;
  if (lines.length === 0) return { kind: "missing" };
  const members = lines.map(membersOf);
  const keys = new Set<string>();
  for (const each of members) {
    if (each === undefined)
      return malformed(`${header} must be one text in double quotes, "…", of ASCII characters.`);
    for (const { key, isQuoted } of each) {
      if (strict && !isQuoted) return malformed(`${header} must stand in double quotes: "…".`);
      keys.add(key);
    }
  }
  const [key = "", ...others] = keys;
  if (others.length > 0) return malformed(`${header} was sent with different values; send one.`);
  if (strict && members.flat().length > 1)
    return malformed(`${header} was sent more than once; send it once.`);
  if (key === "") return malformed(`${header} is empty.`);
  if (key.length > LONGEST_KEY) return malformed(`${header} is longer than ${LONGEST_KEY} characters.`);
  if (keyFormat?.test(key) === false)
    return malformed(`${header} is not of the format that this API documents for its keys.`);
  return { kind: "key", key };
}

interface Member {
  readonly key: string;
  readonly isQuoted: boolean;
}

/** Undefined for a line that is not a list of keys from end to end. */
function membersOf(line: string): readonly Member[] | undefined {
  const members: Member[] = [];
  MEMBER.lastIndex = 0;
  for (;;) {
    const match = MEMBER.exec(line);
    if (match === null) return undefined;
    const [, quoted, unquoted = "", separator] = match;
    members.push({ key: quoted?.replace(/\\(.)/g, "$1") ?? unquoted, isQuoted: quoted !== undefined });
    if (separator === "") return members;
  }
}

function malformed(why: string): KeyReading {
  return { kind: "malformed", why };
}
