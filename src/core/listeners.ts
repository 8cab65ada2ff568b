import type { DeadlineTimer } from "./deadline-timer.ts";

/** Who wants to know when a scope is over: the scopes beneath it, and whoever waits. One of `abort` and `rest` is called, once. */
export interface Listener {
  abort(reason: unknown): void;
  /** It has come to rest before it was over: nothing more is to be heard. */
  rest(): void;
  /** A deadline, of this scope or above, has moved. */
  moved(): void;
}

/** A listener's place among the others. One that has left is its own neighbour. */
export class Place {
  before: Place = this;
  after: Place = this;
  readonly listener: Listener | undefined;

  constructor(listener: Listener | undefined) {
    this.listener = listener;
  }
}

/**
 * Those who listen to one scope, and what the scope has for as long as there are any: its own place among its parent's listeners, its
 * deadline's timer, and its hold on the timer of the tightest deadline.
 *
 * They stand in a ring, because a long-lived call has thousands of short ones beneath it, each of which comes and goes within nanoseconds.
 */
export class Listeners {
  readonly #ring = new Place(undefined);
  readonly above: Listeners | undefined;
  /** Among those above. */
  readonly place: Place | undefined;
  hearExternal: (() => void) | undefined;
  timer: DeadlineTimer | undefined;
  held: DeadlineTimer | undefined;
  /** What this scope's own listeners want of a timer, wherever it is. */
  use: TimerUse = "none";

  constructor(scope: Listener, above: Listeners | undefined) {
    this.above = above;
    this.place = above?.add(scope);
  }

  add(listener: Listener): Place {
    const place = new Place(listener);
    const last = this.#ring.before;
    place.before = last;
    place.after = this.#ring;
    last.after = place;
    this.#ring.before = place;
    return place;
  }

  /** Whether it was the last one to leave. */
  remove(place: Place): boolean {
    const { before, after } = place;
    if (before === place) return false;
    before.after = after;
    after.before = before;
    place.before = place;
    place.after = place;
    return before === after;
  }

  /** Takes out the first one. Whoever goes through all of them so can bear that others leave meanwhile. */
  take(): Listener | undefined {
    const first = this.#ring.after;
    this.remove(first);
    return first.listener;
  }

  /** None may leave meanwhile. */
  moved(): void {
    for (let { after } = this.#ring; after !== this.#ring; after = after.after) after.listener?.moved();
  }
}

/**
 * What a listener wants of the timer that the tightest deadline has: that it wakes someone who is waiting, and so
 * keeps the process alive (`hold`); that it fires if there still is a process (`free`); nothing (`none`).
 */
export type TimerUse = "hold" | "free" | "none";
