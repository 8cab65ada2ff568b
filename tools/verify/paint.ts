import { styleText } from "node:util";

/** Colour is for a person at a terminal: none in a pipe, in CI, or where NO_COLOR is set. */
export const colourful: boolean =
  process.stdout.isTTY === true && !process.env.NO_COLOR && !process.env.CI && process.env.TERM !== "dumb";

export function paint(colour: "green" | "red" | "dim", text: string): string {
  return colourful ? styleText(colour, text, { validateStream: false }) : text;
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
