import type { FileHandle } from "node:fs/promises";
import { type Call, refusal, runtimeOf } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";

/** Where a restored file goes. */
export interface FileTarget {
  /** In a folder that is there. */
  readonly path: string;
  /** Whether a file that is there is replaced. Default: false, which refuses. */
  readonly overwrite?: boolean;
}

export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
}

/** For its owner alone: what was encrypted is in clear here. */
const MODE = 0o600;
/** File systems without links to files. */
const NO_LINKS: ReadonlySet<unknown> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/**
 * Writes a stream as a file: whole, or not at all.
 *
 * The bytes go into a file beside it, and to the disk; it gets its name when the stream has ended without an error. Whatever ends it before removes
 * that file; a process that is killed leaves one behind, `.holdfast-….partial`.
 *
 * @throws HoldfastError `FILE_EXISTS`; the file system's errors.
 */
export async function wholeFile(
  source: AsyncIterable<Uint8Array>,
  { path, overwrite = false }: FileTarget,
  call: Call,
): Promise<WrittenFile> {
  const { lstat, open, rm } = process.getBuiltinModule("node:fs").promises;
  const { dirname, join } = process.getBuiltinModule("node:path");
  const standing = await lstat(path).catch(ifMissing);
  if (standing !== undefined && !(overwrite && standing.isFile())) throw exists(path);
  const folder = dirname(path);
  const partial = join(folder, `.holdfast-${runtimeOf(call).newId()}.partial`);
  const file = await open(partial, "wx", MODE);
  try {
    const bytes = await filled(file, source);
    const reason = refusal(call);
    if (reason !== undefined) throw reason;
    await named(partial, path, overwrite);
    await onDisk(folder);
    return { path, bytes };
  } finally {
    // Renamed away, it is not there any more.
    await rm(partial, { force: true }).catch(() => {});
  }
}

async function filled(file: FileHandle, source: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  try {
    for await (const piece of source) {
      await file.writeFile(piece);
      bytes += piece.length;
    }
    await file.sync();
    return bytes;
  } finally {
    await file.close();
  }
}

/** A link, unlike a renaming, never takes the place of a file that somebody has written meanwhile. */
async function named(partial: string, path: string, overwrite: boolean): Promise<void> {
  const { link, lstat, rename } = process.getBuiltinModule("node:fs").promises;
  if (overwrite) return rename(partial, path);
  try {
    await link(partial, path);
  } catch (cause) {
    const { code }: { readonly code?: unknown } = Object(cause);
    if (code === "EEXIST") throw exists(path);
    if (!NO_LINKS.has(code)) throw cause;
    if ((await lstat(path).catch(ifMissing)) !== undefined) throw exists(path);
    await rename(partial, path);
  }
}

/** So that the name outlives a loss of power. Where folders cannot be opened (Windows), the system sees to that. */
async function onDisk(folder: string): Promise<void> {
  const { open } = process.getBuiltinModule("node:fs").promises;
  const opened = await open(folder).catch(() => undefined);
  await opened?.sync().catch(() => {});
  await opened?.close();
}

function ifMissing(error: unknown): undefined {
  if (Object(error).code !== "ENOENT") throw error;
}

function exists(path: string): HoldfastError {
  return new HoldfastError(
    "FILE_EXISTS",
    `${path} is there already, and is not overwritten. Choose another path, or have it overwritten if it is a file.`,
  );
}
