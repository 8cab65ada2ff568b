import type { Message } from "./message.ts";
import { type RankedSet, rankedSet } from "./ranked-set.ts";

/** The messages of one group, or all that have none in a standard queue. */
export interface Lane {
  readonly key: string | undefined;
  /** By order of arrival. */
  readonly visible: RankedSet<Message>;
  inFlight: number;
}

/**
 * The messages of a queue, sorted by what can happen to them next, so that no operation has to look through all of
 * them. A FIFO queue's lane gives nothing while one of its messages is in flight (SQS Developer Guide, 'FIFO queue
 * delivery logic').
 */
export interface Contents {
  readonly fifo: boolean;
  readonly byId: Map<string, Message>;
  readonly lanes: Map<string | undefined, Lane>;
  /** The lanes that can give a message, by the order of the message that is next. */
  readonly ready: RankedSet<Lane>;
  /** By when they become visible. */
  readonly delayed: RankedSet<Message>;
  readonly inFlight: RankedSet<Message>;
  /** All messages, by when they were enqueued. */
  readonly ages: RankedSet<Message>;
}

export function makeContents(fifo: boolean): Contents {
  return {
    fifo,
    byId: new Map(),
    lanes: new Map(),
    ready: rankedSet(),
    delayed: rankedSet(),
    inFlight: rankedSet(),
    ages: rankedSet(),
  };
}

export function visibleCount({ byId, delayed, inFlight }: Contents): number {
  return byId.size - delayed.size - inFlight.size;
}

/** Takes a message in, to be visible from a time on. */
export function add(contents: Contents, message: Message, visibleAtMs: number, nowMs: number): void {
  contents.byId.set(message.id, message);
  contents.ages.set(message, message.enqueuedAtMs);
  if (visibleAtMs > nowMs) {
    message.state = "delayed";
    contents.delayed.set(message, visibleAtMs);
  } else show(contents, message);
}

/** Makes a message visible: at its old place, before those that were sent after it. */
export function show(contents: Contents, message: Message): void {
  const lane = laneOf(contents, message);
  contents.delayed.delete(message);
  if (contents.inFlight.delete(message)) lane.inFlight -= 1;
  message.state = "visible";
  lane.visible.set(message, message.order);
  rank(contents, lane);
}

/** Puts a message in flight, or leaves it there, until a time. */
export function hide(contents: Contents, message: Message, untilMs: number): void {
  const lane = laneOf(contents, message);
  lane.visible.delete(message);
  if (message.state !== "in-flight") lane.inFlight += 1;
  message.state = "in-flight";
  contents.inFlight.set(message, untilMs);
  rank(contents, lane);
}

export function remove(contents: Contents, message: Message): void {
  const lane = laneOf(contents, message);
  lane.visible.delete(message);
  contents.delayed.delete(message);
  if (contents.inFlight.delete(message)) lane.inFlight -= 1;
  contents.ages.delete(message);
  contents.byId.delete(message.id);
  message.state = "gone";
  rank(contents, lane);
}

export function clear(contents: Contents): void {
  for (const message of contents.byId.values()) message.state = "gone";
  const { byId, lanes, ready, delayed, inFlight, ages } = contents;
  for (const part of [byId, lanes, ready, delayed, inFlight, ages]) part.clear();
}

/** Does what time has done: forgets messages that are too old, and shows those whose delay or timeout has ended. */
export function settle(contents: Contents, nowMs: number, retentionMs: number): void {
  const { ages, delayed, inFlight } = contents;
  for (const old of due(ages, nowMs - retentionMs)) remove(contents, old);
  for (const message of due(delayed, nowMs)) show(contents, message);
  for (const message of due(inFlight, nowMs)) show(contents, message);
}

/** When something becomes visible by itself; undefined when nothing does. */
export function nextVisibleAtMs({ delayed, inFlight }: Contents): number | undefined {
  const [a, b] = [delayed.firstRank(), inFlight.firstRank()];
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** Says anew which message of a lane is next, if it has one to give. */
export function rank({ ready, lanes, fifo }: Contents, lane: Lane): void {
  const next = lane.visible.firstRank();
  if (next === undefined || (fifo && lane.inFlight > 0)) ready.delete(lane);
  else ready.set(lane, next);
  const idle = next === undefined && lane.inFlight === 0;
  if (idle && lanes.get(lane.key) === lane) lanes.delete(lane.key);
}

/** A message's lane exists until the last message of it that can be received is gone. */
function laneOf({ lanes }: Contents, { groupId: key }: Message): Lane {
  const known = lanes.get(key);
  if (known !== undefined) return known;
  const lane: Lane = { key, visible: rankedSet(), inFlight: 0 };
  lanes.set(key, lane);
  return lane;
}

/** Whoever takes one takes it out of the set. */
function* due(messages: RankedSet<Message>, nowMs: number): Iterable<Message> {
  for (let first = messages.first(); first !== undefined; first = messages.first()) {
    if ((messages.firstRank() ?? 0) > nowMs) return;
    yield first;
  }
}
