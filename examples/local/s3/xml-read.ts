import { malformedXml, S3Error } from "./s3-error.ts";

/** An element without its attributes: S3's requests carry none that matter but namespaces. */
export interface XmlNode {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

const MAX_DEPTH = 32;

// One token: comment, processing instruction, CDATA, closing tag, opening tag, or text.
const TOKEN =
  /<!--(?:(?!-->).)*-->|<\?(?:(?!\?>).)*\?>|<!\[CDATA\[((?:(?!\]\]>).)*)\]\]>|<\/([\w.:-]+)\s*>|<([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/sy;

/**
 * Reads a request body: elements, text, entities, CDATA. No document types, hence no entities of one's own.
 *
 * @throws S3Error MissingRequestBodyError for nothing, MalformedXML for anything else, or a root of another name.
 */
export function readXml(source: string, rootName: string): XmlNode {
  if (source === "") throw new S3Error("MissingRequestBodyError", "Request body is empty.");
  const open: { name: string; text: string; children: XmlNode[] }[] = [{ name: "", text: "", children: [] }];
  let at = source.startsWith("\ufeff") ? 1 : 0;
  while (at < source.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (match === null) throw malformedXml();
    at = TOKEN.lastIndex;
    const [, cdata, closing, opening, , selfClosing, text] = match;
    const inner = open.at(-1);
    if (inner === undefined) throw malformedXml();
    if (cdata !== undefined) inner.text += cdata;
    else if (text !== undefined) inner.text += unescapeXml(text);
    else if (opening !== undefined) {
      const node = { name: localName(opening), text: "", children: [] };
      inner.children.push(node);
      if (selfClosing !== "/") open.push(node);
      if (open.length > MAX_DEPTH) throw malformedXml();
    } else if (closing !== undefined) {
      if (open.length < 2 || inner.name !== localName(closing)) throw malformedXml();
      open.pop();
    }
  }
  const [document] = open;
  const [root] = document?.children ?? [];
  if (open.length !== 1 || document?.children.length !== 1 || document.text.trim() !== "")
    throw malformedXml();
  if (root === undefined || root.name !== rootName) throw malformedXml();
  return root;
}

/**
 * The children by name, none but those that are named here.
 *
 * @throws S3Error MalformedXML for a child of another name.
 */
export function childrenOf<Name extends string>(
  node: XmlNode,
  names: readonly Name[],
): Readonly<Record<Name, readonly XmlNode[]>> {
  const known: readonly string[] = names;
  if (node.children.some((child) => !known.includes(child.name))) throw malformedXml();
  // Every name is given its list just here.
  return Object.fromEntries(
    names.map((name) => [name, node.children.filter((child) => child.name === name)]),
  ) as Record<Name, XmlNode[]>;
}

/**
 * The text of an element that may come once.
 *
 * @throws S3Error MalformedXML when there is more than one, or when it holds elements.
 */
export function optionalText(nodes: readonly XmlNode[]): string | undefined {
  const [node] = nodes;
  if (nodes.length > 1 || (node !== undefined && node.children.length > 0)) throw malformedXml();
  return node?.text;
}

/** The text of an element that must come once. @throws S3Error MalformedXML. */
export function requiredText(nodes: readonly XmlNode[]): string {
  const text = optionalText(nodes);
  if (text === undefined) throw malformedXml();
  return text;
}

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(/&([^;]{0,10});?/g, (whole, name: string) => {
    const [, hex, decimal] = /^#(?:x([\da-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
    const code = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(decimal ?? "", 10);
    const char = Number.isNaN(code) || code > 0x10ffff ? NAMED[name] : String.fromCodePoint(code);
    if (char === undefined || !whole.endsWith(";")) throw malformedXml();
    return char;
  });
}
