import type { Key } from "../stack.ts";
import type { CheckedTemplate } from "./checked-template.ts";

/** The keys with their aliases, which are resources of their own. */
export function attachAliases({ parts, problems, typeOf }: CheckedTemplate): readonly Key[] {
  const taken = new Set<string>();
  for (const { name, keyName, place } of parts.keyAliases) {
    if (taken.has(name)) problems.report(place, `${name} is taken by another alias already; change one`);
    taken.add(name);
    if (typeOf(keyName) === "AWS::KMS::Key") continue;
    problems.report(place, `${keyName} is no key of this template; write TargetKeyId: !Ref the key`);
  }
  return parts.keys.map((key) => ({
    ...key,
    aliases: parts.keyAliases
      .filter(({ keyName }) => keyName === key.keyId || keyName === key.arn)
      .map(({ name }) => name),
  }));
}
