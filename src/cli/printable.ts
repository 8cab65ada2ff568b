/** Text from elsewhere without what a terminal would obey: control characters but the line feed, written as `\u001b`. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${code}`;
  });
}
