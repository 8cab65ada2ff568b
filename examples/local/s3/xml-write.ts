/** An element: its name and what is in it. Undefined content leaves the element out; a list is its children. */
export type XmlField = readonly [name: string, content: XmlContent];
export type XmlContent = string | number | boolean | undefined | readonly XmlField[];

/** One XML document with S3's namespace on its root. */
export function xmlDocument(root: string, fields: readonly XmlField[]): string {
  return `${XML_DECLARATION}<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${xmlFields(fields)}</${root}>`;
}

/** S3's error documents carry no namespace. */
export function xmlErrorDocument(fields: readonly XmlField[]): string {
  return `${XML_DECLARATION}<Error>${xmlFields(fields)}</Error>`;
}

const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

function xmlFields(fields: readonly XmlField[]): string {
  return fields
    .filter(([, content]) => content !== undefined)
    .map(([name, content]) => `<${name}>${xmlContent(content)}</${name}>`)
    .join("");
}

function xmlContent(content: XmlContent): string {
  if (Array.isArray(content)) return xmlFields(content);
  return escapeXml(String(content));
}

/**
 * Control characters become character references, as S3 writes them, although XML 1.0 has no way to say most of
 * them: a client that meets such keys asks for `encoding-type=url`.
 */
function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are the characters to escape.
  return text.replace(/[&<>"\u0000-\u0009\u000b-\u001f\u0085\u2028]/g, (char) => {
    switch (char) {
      case "&":
        return "&amp;";
      case "<":
        return "&lt;";
      case ">":
        return "&gt;";
      case '"':
        return "&quot;";
      default:
        return `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`;
    }
  });
}
