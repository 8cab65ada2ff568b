import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startScreen } from "../../../examples/local/run/screen.ts";
import { recordedStream } from "./recorded-screen.ts";

const ESC = "\x1b";
const CLEAR = `\r${ESC}[2K`;

beforeEach(() => {
  vi.stubEnv("NO_COLOR", "");
  vi.stubEnv("TERM", "xterm-256color");
});
afterEach(() => void vi.unstubAllEnvs());

describe("a screen in a pipe", () => {
  it("writes no escape code, whatever it is asked to paint", () => {
    const { stream, text } = recordedStream();
    const screen = startScreen(stream, () => 0);
    screen.line(screen.good("good") + screen.bad("bad") + screen.dim("dim"));
    screen.progress("on its way");
    screen.done();
    expect(text()).toBe("goodbaddim\n   0.0 s  on its way\n");
  });

  it("says how far it is at once, and then every two seconds", () => {
    const { stream, text } = recordedStream();
    let now = 1_000;
    const screen = startScreen(stream, () => now);
    for (; now <= 6_000; now += 100) screen.progress(`at ${now}`);
    expect(text()).toBe("   0.0 s  at 1000\n   2.0 s  at 3000\n   4.0 s  at 5000\n");
  });
});

describe("a screen on a terminal", () => {
  it("rewrites the line in progress, and clears it for a finished one", () => {
    const { stream, text } = recordedStream({ columns: 80 });
    const screen = startScreen(stream, () => 0);
    screen.progress("one");
    screen.progress("two");
    screen.line("finished");
    screen.line("another");
    expect(text()).toBe(`${CLEAR}   0.0 s  one${CLEAR}   0.0 s  two${CLEAR}finished\nanother\n`);
  });

  it("leaves nothing of the line in progress when it is done", () => {
    const { stream, text } = recordedStream({ columns: 80 });
    const screen = startScreen(stream, () => 0);
    screen.progress("one");
    screen.done();
    screen.done();
    expect(text().endsWith(`one${CLEAR}`)).toBe(true);
  });

  it("cuts a line in progress that would not fit, for a wrapped one cannot be rewritten", () => {
    const { stream, text } = recordedStream({ columns: 20 });
    startScreen(stream, () => 0).progress("a long way to go");
    expect(text().slice(CLEAR.length)).toHaveLength(19);
  });

  it("paints in colour", () => {
    const { stream } = recordedStream({});
    expect(startScreen(stream, () => 0).good("good")).toBe(`${ESC}[32mgood${ESC}[0m`);
  });

  it("uses no colour where NO_COLOR asks for none, and still rewrites its line", () => {
    vi.stubEnv("NO_COLOR", "1");
    const { stream, text } = recordedStream({});
    const screen = startScreen(stream, () => 0);
    expect(screen.good("good") + screen.bad("bad") + screen.dim("dim")).toBe("goodbaddim");
    screen.progress("one");
    expect(text()).toContain(CLEAR);
  });

  it("is plain where the terminal is dumb", () => {
    vi.stubEnv("TERM", "dumb");
    const { stream, text } = recordedStream({});
    const screen = startScreen(stream, () => 0);
    screen.progress("one");
    expect(text() + screen.good("good")).not.toContain(ESC);
  });
});
