import { at } from "../at.ts";

/** Characters at the end that tell most identifiers apart: random ones, or the last digits of a sequence. */
const LAST_CHARACTERS = 6;

/** Identifiers that were seen, by the place of each. */
export interface IdentifierTable {
  /** The place at which the same identifier was put before; undefined for a new one, which is put at this place. */
  put(identifier: string, place: number): number | undefined;
}

/**
 * A table for `count` identifiers at most, which `identifierAt` gives again by their place.
 *
 * Numbers with open addressing and linear probing (Knuth, "The Art of Computer Programming" 6.4): at 10,000 identifiers it
 * costs a third of a Map. The hash looks at the end, where identifiers differ; those that do not are told apart by a Map.
 */
export function identifierTable(count: number, identifierAt: (place: number) => string): IdentifierTable {
  // A quarter of the slots at most are taken, so most identifiers find theirs at once.
  const mask = 2 ** Math.ceil(Math.log2(4 * Math.max(1, count))) - 1;
  // What a typed array takes to be made is more than a small batch's whole table costs.
  const slots = mask < SMALL_TABLE ? new Array<number>(mask + 1).fill(0) : new Int32Array(mask + 1);
  let alike: Map<string, number> | undefined;
  return {
    put(identifier, place) {
      let slot = hashOf(identifier) & mask;
      for (let probes = 0; probes < MAX_PROBES; probes += 1) {
        const taken = at(slots, slot);
        if (taken === 0) {
          slots[slot] = place + 1;
          return undefined;
        }
        if (identifierAt(taken - 1) === identifier) return taken - 1;
        slot = (slot + 1) & mask;
      }
      alike ??= new Map();
      const before = alike.get(identifier);
      if (before === undefined) alike.set(identifier, place);
      return before;
    },
  };
}

const SMALL_TABLE = 256;
/** Slots looked at for one identifier. None is ever given up, so one that found no slot here never will. */
const MAX_PROBES = 64;

function hashOf(text: string): number {
  const { length } = text;
  let hash = length;
  for (let index = Math.max(0, length - LAST_CHARACTERS); index < length; index += 1) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  }
  return hash ^ (hash >>> 15);
}
