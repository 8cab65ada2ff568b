/**
 * Writes whole lines to standard output.
 *
 * Not through the console: Lambda's puts a time, a request id and a level before each line, or wraps it once more, and
 * then a line of JSON is none. A stream that nobody reads any more reports EPIPE as an event, and that event would end
 * the process if nobody listened, so someone does until every line is out.
 */
export function stdoutLines(): (line: string) => void {
  let pending = 0;
  const ignore = (): void => {};
  const written = (error?: Error | null): void => {
    pending -= 1;
    // After a failure the event is still to come.
    if (pending === 0 && !error) process.stdout.off("error", ignore);
  };
  return (line) => {
    if (pending === 0) process.stdout.off("error", ignore).on("error", ignore);
    pending += 1;
    process.stdout.write(`${line}\n`, written);
  };
}
