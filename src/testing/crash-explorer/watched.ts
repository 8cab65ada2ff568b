type Method = (...input: readonly unknown[]) => unknown;

/** Calls `send`, and decides what comes of it. */
export type Perform = (operation: string, send: () => unknown) => unknown;

/**
 * The target with each of its methods called through `perform`.
 *
 * Methods run on the target itself: what it calls on `this` is its own business, and private fields work. The proxy
 * stands before a stand-in, for one of a frozen object would have to give the very methods that the object has.
 */
export function watched<T extends object>(name: string, target: T, perform: Perform): T {
  /** A method is the same each time that it is read. */
  const methods = new Map<PropertyKey, { readonly method: Method; readonly calling: Method }>();

  function calling(key: PropertyKey, method: Method): Method {
    const known = methods.get(key);
    if (known?.method === method) return known.calling;
    const operation = `${name}.${String(key)}`;
    const made: Method = (...input) => perform(operation, () => Reflect.apply(method, target, input));
    methods.set(key, { method, calling: made });
    return made;
  }

  // An arrow function can be called, and has no property that a proxy would have to show.
  const standIn: object = typeof target === "function" ? () => {} : {};
  return new Proxy(standIn, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" && key !== "constructor" ? calling(key, value as Method) : value;
    },
    apply: (_, on, input: readonly unknown[]) =>
      perform(name, () => Reflect.apply(target as Method, on, input)),
    set: (_, key, value) => Reflect.set(target, key, value, target),
    has: (_, key) => Reflect.has(target, key),
    ownKeys: () => Reflect.ownKeys(target),
    getOwnPropertyDescriptor(_, key) {
      const found = Reflect.getOwnPropertyDescriptor(target, key);
      return found && { ...found, configurable: true };
    },
    getPrototypeOf: () => Reflect.getPrototypeOf(target),
  }) as T;
}
