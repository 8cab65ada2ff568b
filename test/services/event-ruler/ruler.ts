/** What EventBridge's matcher says of a pattern: why it refuses it, or what it does with each event. */
export type Judgement =
  | { readonly refused: string }
  | { readonly classic: readonly (boolean | string)[]; readonly current: readonly (boolean | string)[] };

/** Asks event-ruler, which `npm run test:services` has started. */
export async function askRuler(pattern: unknown, events: readonly unknown[]): Promise<Judgement> {
  const endpoint = process.env["HOLDFAST_TEST_EVENT_RULER"];
  if (endpoint === undefined) throw new Error("no event-ruler: npm run test:services -- --only event-ruler");
  const response = await fetch(endpoint, { method: "POST", body: JSON.stringify({ pattern, events }) });
  // RulerServer.java writes it.
  return (await response.json()) as Judgement;
}
