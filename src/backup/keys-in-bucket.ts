import type { BackupSource } from "./manifest.ts";

/** S3 takes 1,024 bytes for a key, and prefix, version and attempt need theirs. */
const MOST_NAME_BYTES = 600;
const MOST_VERSION_BYTES = 200;

/** Where the manifest of a source's version is: there is one place, so that there is one backup. */
export function manifestKey(prefix: string, { name, version }: BackupSource): string {
  return `${manifestsOf(prefix, name)}${shortened(escaped(version), MOST_VERSION_BYTES)}.json`;
}

/** Before all manifests of a source. */
export function manifestsOf(prefix: string, name: string): string {
  return `${prefix}manifests/${inKey(name)}/`;
}

/** Where an attempt puts its bytes: nobody else writes there, now or later. */
export function objectKey(prefix: string, { name, version }: BackupSource, attempt: string): string {
  return `${prefix}objects/${inKey(name)}/${shortened(escaped(version), MOST_VERSION_BYTES)}/${attempt}`;
}

/** Where the manifest would be that names an object of this key. */
export function manifestOfObject(prefix: string, key: string): string {
  const withoutAttempt = key.slice(`${prefix}objects/`.length, key.lastIndexOf("/"));
  return `${prefix}manifests/${withoutAttempt}.json`;
}

/** Different names are different parts of keys, and a name's slashes stay what they are. */
function inKey(name: string): string {
  return shortened(name.split("/").map(escaped).join("/"), MOST_NAME_BYTES);
}

function escaped(segment: string): string {
  // Segments of dots mean another folder to some programs. A tilde is the mark of what was shortened.
  return /^\.+$/.test(segment)
    ? segment.replaceAll(".", "%2E")
    : encodeURIComponent(segment.toWellFormed()).replaceAll("~", "%7E");
}

/** What is too long is told apart by its digest. */
function shortened(text: string, mostBytes: number): string {
  if (text.length <= mostBytes) return text;
  const digest = process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex");
  return `${text.slice(0, mostBytes - digest.length - 1)}~${digest}`;
}
