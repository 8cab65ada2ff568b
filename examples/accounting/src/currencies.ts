/**
 * The currencies that this ledger keeps, each with the digits of its minor unit: 1250 is 12.50 EUR, 1250 JPY, 1.250 KWD.
 * Source: ISO 4217, table A.1.
 */
export const CURRENCIES: ReadonlyMap<string, number> = new Map([
  ["CHF", 2],
  ["EUR", 2],
  ["GBP", 2],
  ["JPY", 0],
  ["KWD", 3],
  ["USD", 2],
]);
