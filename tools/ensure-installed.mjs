/**
 * Makes `npm start` and `npm test` work from a bare clone: installs what package-lock.json says, once.
 *
 * Plain JavaScript without dependencies, because it runs first, on whatever Node.js the machine has. The scripts
 * after it run on the Node.js of the `node` package, which npm puts first on their PATH.
 */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = 20;
/** From here on Node.js runs the .ts files of this repository by itself. */
const OLDEST_NODE_FOR_SCRIPTS = [22, 18];
const DYNALITE = "dynalite@4";
const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const running = versionOf(process.versions.node);
if (running[0] < OLDEST_NODE) {
  stop(
    `This is Node.js ${process.versions.node}; setting up needs ${OLDEST_NODE} or newer: https://nodejs.org`,
  );
}
if (!isInstalled()) {
  // `npm ci` empties the folder first, and a link's belongs to someone else.
  if (isLink("node_modules"))
    stop("node_modules is a link, and what it points to is out of date: install there.");
  say("Installing the development dependencies; this takes about half a minute, once …");
  npm(["ci"]);
}
ensureScriptNode();
ensureDynamoDb();

/** Whether node_modules holds what package-lock.json asks for on this platform; what npm wrote there last says so. */
function isInstalled() {
  const wanted = packagesOf("package-lock.json");
  const present = packagesOf("node_modules/.package-lock.json");
  if (wanted === undefined) stop("package-lock.json is missing or is not JSON: restore it with git.");
  if (present === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (path === "") return true;
    if (present[path] === undefined) return optional === true;
    return (link === true || present[path].version === version) && existsSync(join(root, path));
  });
}

function isLink(path) {
  return lstatSync(join(root, path), { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** The `node` package fetches its binary in an install script, which a machine may forbid. */
function ensureScriptNode() {
  if (existsSync(join(root, "node_modules/node/bin/node"))) return;
  const [major, minor] = OLDEST_NODE_FOR_SCRIPTS;
  if (running[0] > major || (running[0] === major && running[1] >= minor)) return;
  stop(
    "The `node` package has no binary: npm was told not to run install scripts (ignore-scripts).\n" +
      `Run \`npm rebuild node --ignore-scripts=false\`, or use Node.js ${major}.${minor} or newer.`,
  );
}

/** The DynamoDB of the local cloud is a binary for Linux on x64. Elsewhere there is one in JavaScript, which does less. */
function ensureDynamoDb() {
  if (existsSync(join(root, "node_modules/@dynoxide/linux-x64"))) return;
  if (existsSync(join(root, "node_modules/dynalite"))) return;
  say(`Installing ${DYNALITE} as the local DynamoDB on ${process.platform}-${process.arch} …`);
  npm(["install", "--no-save", DYNALITE]);
  say("It has no transactions, no streams and no ALL_OLD: what needs them runs on linux-x64 only.");
}

/** Runs npm quietly, with the Node.js that runs npm itself: the one in node_modules may be what is being replaced. */
function npm(args) {
  const { npm_execpath: cli, npm_node_execpath: node = process.execPath } = process.env;
  const quiet = [...args, "--no-audit", "--no-fund", "--loglevel=error"];
  const [command, rest] = cli === undefined ? ["npm", quiet] : [node, [cli, ...quiet]];
  const shell = cli === undefined && process.platform === "win32";
  const result = spawnSync(command, rest, { cwd: root, encoding: "utf8", shell, maxBuffer: 1 << 26 });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  stop(
    `npm ${args.join(" ")} failed (${result.error?.message ?? `exit code ${result.status}`}); npm says why above.`,
  );
}

function versionOf(text) {
  return text.split(".").map(Number);
}

/** On standard error, so that `--json` owns standard output. */
function say(line) {
  process.stderr.write(`${line}\n`);
}

function stop(message) {
  say(message);
  process.exit(1);
}
