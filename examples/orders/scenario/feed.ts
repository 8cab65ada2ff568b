import { setTimeout as wait } from "node:timers/promises";
import type { PlannedRequest } from "./requests.ts";

/** The answer that a client was left with, after it had asked again as often as it was told to. */
export interface FinalAnswer {
  /** 0 when every connection was lost; `body` then says how. */
  readonly status: number;
  readonly body: string;
}

/** What became of one planned request: an answer for the first sending and for every repeat. */
export interface Fed {
  readonly planned: PlannedRequest;
  readonly firstSentMs: number;
  readonly answers: readonly FinalAnswer[];
  /** Milliseconds until the first of them. */
  readonly answeredAfterMs: number;
  /** How often a client was told to come back, or lost its connection, and asked again. */
  readonly askedAgain: number;
}

export interface FeedOptions {
  readonly url: string;
  readonly clients: number;
  readonly signal: AbortSignal;
  readonly onAnswer: (answered: number, of: number) => void;
}

/** A client gives up after this many sendings of one request; the run then fails. */
const MAX_SENDINGS = 15;
const LONGEST_WAIT_MS = 1_000;
const UNTOLD_WAIT_S = 0.2;
/** The status where the connection was lost. */
const NO_ANSWER = 0;

/** Sends the requests from several clients at once, repeats in between, and gives the answers. */
export async function feed(
  requests: readonly PlannedRequest[],
  options: FeedOptions,
): Promise<readonly Fed[]> {
  const fed = requests.map((planned) => ({
    planned,
    firstSentMs: 0,
    answers: [] as FinalAnswer[],
    answeredAfterMs: 0,
    askedAgain: 0,
  }));
  const sendings = inOrder(requests);
  let next = 0;
  let answered = 0;
  async function client(): Promise<void> {
    for (let index = next++; index < sendings.length; index = next++) {
      const one = fed[sendings[index] ?? 0];
      if (one === undefined) return;
      one.firstSentMs ||= Date.now();
      const { answer, sent } = await ask(one.planned, options);
      if (one.answers.push(answer) === 1) one.answeredAfterMs = Date.now() - one.firstSentMs;
      one.askedAgain += sent - 1;
      options.onAnswer(++answered, sendings.length);
    }
  }
  await Promise.all(Array.from({ length: options.clients }, client));
  return fed;
}

/** Indexes of requests in the order of sending: each repeat some places after its original. */
function inOrder(requests: readonly PlannedRequest[]): readonly number[] {
  return requests
    .flatMap(({ repeatsAfter }, index) => [
      { index, place: index },
      ...repeatsAfter.map((after) => ({ index, place: index + after + 0.5 })),
    ])
    .sort((a, b) => a.place - b.place)
    .map(({ index }) => index);
}

/** Asks as a good client does: the same request again after 409, 429, 5xx or a lost connection, waiting as told. */
async function ask(
  planned: PlannedRequest,
  options: FeedOptions,
): Promise<{ readonly answer: FinalAnswer; readonly sent: number }> {
  for (let sent = 1; ; sent++) {
    const { answer, retryAfterMs } = await post(planned, options);
    const { status } = answer;
    const again = status === NO_ANSWER || status === 409 || status === 429 || status >= 500;
    if (!again || sent === MAX_SENDINGS) return { answer, sent };
    await wait(Math.min(retryAfterMs, LONGEST_WAIT_MS), undefined, { signal: options.signal });
  }
}

async function post(
  { key, body }: PlannedRequest,
  { url, signal }: FeedOptions,
): Promise<{ readonly answer: FinalAnswer; readonly retryAfterMs: number }> {
  const headers = {
    "content-type": "application/json",
    ...(key === undefined ? {} : { "Idempotency-Key": key }),
  };
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal });
    return {
      answer: { status: response.status, body: await response.text() },
      retryAfterMs: Number(response.headers.get("retry-after") ?? UNTOLD_WAIT_S) * 1_000,
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return { answer: { status: NO_ANSWER, body: String(error) }, retryAfterMs: UNTOLD_WAIT_S * 1_000 };
  }
}
