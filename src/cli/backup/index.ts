import { type Command, type Commands, dispatch } from "../dispatch.ts";
import { type OpenClouds, userClouds } from "./user-clouds.ts";

/** `holdfast backup …`, on S3 and KMS opened this way. */
export function backupWith(open: OpenClouds): Command {
  const commands: Commands = {
    list: {
      says: "lists the backups of a source, or all",
      load: async () => (await import("./list.ts")).listCommand(open),
    },
    verify: {
      says: "reads backups to their end, and writes nothing: would a restore give what was backed up?",
      load: async () => (await import("./verify.ts")).verifyCommand(open),
    },
    restore: {
      says: "restores one into a file or an object of S3",
      load: async () => (await import("./restore.ts")).restoreCommand(open),
    },
    sweep: {
      says: "removes what runs have left that died",
      load: async () => (await import("./sweep.ts")).sweepCommand(open),
    },
  };
  return dispatch("holdfast backup", commands);
}

export const backup: Command = backupWith(userClouds);
