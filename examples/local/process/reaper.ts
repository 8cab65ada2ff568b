import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Running } from "../services.ts";

/** Ends the processes of a runner that can no longer end them itself. */
export interface Reaper extends Running {
  /** Names a process group to be killed if this process ends. Returns the cancellation, for when it has ended. */
  watch(pid: number): () => void;
  /** Names a folder to be removed if this process ends before `stop`. */
  watchFolder(path: string): void;
}

/** A reaper that cannot live is not started for ever: without it only a killed runner leaves anything behind. */
const MAX_RESTARTS = 5;

/**
 * Starts the one small process that outlives us, by a moment: we tell it each child's process group, and when
 * its standard input closes (we returned, crashed or were killed with SIGKILL) it kills what is left of them.
 * A child cannot be trusted to watch for this itself: it may be in an endless loop, or stopped.
 */
export function startReaper(): Reaper {
  const groups = new Set<number>();
  const folders = new Set<string>();
  let restarts = 0;
  let stopping = false;
  let child = start();

  function start() {
    // A session of its own: Ctrl-C in the terminal must not reach it before its work is done.
    const started = spawn(process.execPath, [fileURLToPath(new URL("./reaper-child.ts", import.meta.url))], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: process.env["PATH"] },
    });
    // A write to one that has just died fails; its successor is given the whole list.
    started.stdin.on("error", () => {});
    started.on("error", () => {});
    started.on("exit", () => {
      if (stopping || ++restarts > MAX_RESTARTS) return;
      child = start();
      for (const named of [...groups, ...folders]) child.stdin.write(`+${named}\n`);
    });
    return started;
  }

  return {
    watch(pid) {
      groups.add(pid);
      child.stdin.write(`+${pid}\n`);
      return () => {
        groups.delete(pid);
        child.stdin.write(`-${pid}\n`);
      };
    },
    watchFolder(path) {
      folders.add(path);
      child.stdin.write(`+${path}\n`);
    },
    stop() {
      if (stopping) return Promise.resolve();
      stopping = true;
      for (const path of folders) child.stdin.write(`-${path}\n`);
      return new Promise((resolve) => {
        if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.stdin.end();
      });
    },
  };
}
