/** The pure text functions of a template: what `Fn::Sub` does with a text, and how a dotted name is taken apart. */

/**
 * Replaces each `${Name}` by what `resolve` says; `${!Name}` stays as the literal `${Name}`.
 * Source: CloudFormation, 'Fn::Sub'.
 */
export function substitute(text: string, resolve: (name: string) => string): string {
  return text.replace(/\$\{([^}]*)\}/g, (_whole, name: string) =>
    name.startsWith("!") ? `\${${name.slice(1)}}` : resolve(name),
  );
}

/** `A.B.C` as a resource and its attribute: the attribute may hold dots itself. */
export function splitAttribute(name: string): { logicalId: string; attribute: string | undefined } {
  const dot = name.indexOf(".");
  return dot < 0
    ? { logicalId: name, attribute: undefined }
    : { logicalId: name.slice(0, dot), attribute: name.slice(dot + 1) };
}
