const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Colour = keyof typeof CODES;

/** Colours for a terminal that shows them, and the text as it is for all else. */
export function painter(hasColour: boolean): (colour: Colour, text: string) => string {
  return (colour, text) => (hasColour ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text);
}
