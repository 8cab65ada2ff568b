/** The parameters of a request in the AWS Query protocol, whose lists and maps are numbered names. */
export type Params = ReadonlyMap<string, string>;

export function readForm(body: string): Params {
  return new Map(new URLSearchParams(body));
}

/** The members of a list, in order: with `Ids.member`, `Ids.member.2.Name` is the second one's `Name`. */
export function members(params: Params, list: string): readonly Params[] {
  const found = new Map<number, Map<string, string>>();
  for (const [name, value] of params) {
    if (!name.startsWith(`${list}.`)) continue;
    const [, index, rest] = /^(\d+)\.(.+)$/.exec(name.slice(list.length + 1)) ?? [];
    if (index === undefined || rest === undefined) continue;
    const member = found.get(Number(index)) ?? new Map<string, string>();
    found.set(Number(index), member.set(rest, value));
  }
  return [...found].sort(([a], [b]) => a - b).map(([, member]) => member);
}
