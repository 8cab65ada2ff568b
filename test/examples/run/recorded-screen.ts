import { type Screen, startScreen } from "../../../examples/local/run/screen.ts";

/** A stream that keeps what is written to it. */
export interface RecordedStream {
  readonly stream: NodeJS.WriteStream;
  readonly text: () => string;
}

export function recordedStream(tty?: { readonly columns?: number }): RecordedStream {
  const written: string[] = [];
  const fake = {
    ...(tty === undefined ? {} : { isTTY: true, columns: tty.columns }),
    write: (text: string) => written.push(text) > 0,
  };
  // A screen only writes, and looks at isTTY and columns.
  return { stream: fake as unknown as NodeJS.WriteStream, text: () => written.join("") };
}

/** A plain screen, as in a pipe, and its text. */
export function recordedScreen(): { readonly screen: Screen; readonly text: () => string } {
  const { stream, text } = recordedStream();
  return { screen: startScreen(stream, () => 0), text };
}
