/** XML text of one element; children are XML already. */
export function element(name: string, ...children: readonly string[]): string {
  return `<${name}>${children.join("")}</${name}>`;
}

/** XML text of an element that holds a text. */
export function textElement(name: string, value: string): string {
  return element(name, escapeText(value));
}

/** A map as the AWS Query protocol writes it. */
export function mapElement(name: string, entries: Readonly<Record<string, string>>): string {
  const members = Object.entries(entries).map(([key, value]) =>
    element("entry", textElement("key", key), textElement("value", value)),
  );
  return element(name, ...members);
}

function escapeText(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[\r\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
