import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A path of somebody's machine. Lambda's own (/var/task, /opt) and /tmp are the same everywhere. */
const machinePath = /(?<![\w.@/-])(?:\/(?:home|Users|root|work|mnt)\/[\w.-]+|[A-Z]:\\+Users\\+\w)/;
/** A package registry: a lock file or a config that names one works for those alone who reach it. */
const registryUrl =
  /https?:\/\/[^\s"'`)]*(?:registry\.|npmjs\.org|artifactory|codeartifact|verdaccio|nexus)/i;

function trackedFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return listed
    .split("\0")
    .filter((file) => file !== "" && statSync(root + file, { throwIfNoEntry: false })?.isFile());
}

function linesMatching(pattern: RegExp): string[] {
  return trackedFiles().flatMap((file) =>
    readFileSync(root + file, "utf8")
      .split("\n")
      .flatMap((line, index) => {
        const found = pattern.exec(line)?.[0];
        return found === undefined ? [] : [`${file}:${index + 1}: ${found}`];
      }),
  );
}

test("no file names a path of one machine", () => {
  expect(linesMatching(machinePath)).toEqual([]);
});

test("no file names a package registry", () => {
  expect(linesMatching(registryUrl)).toEqual([]);
});

test.each([
  ["machine path", machinePath, ["/", "home/ann/app"], true],
  ["machine path", machinePath, ["cd /", "Users/ann"], true],
  ["machine path", machinePath, ['"C:', "\\\\Users\\\\ann"], true],
  ["machine path", machinePath, ["src/home/page and /var/task/index.js"], false],
  ["registry", registryUrl, ['"resolved": "https:', "//registry.example.com/a.tgz"], true],
  ["registry", registryUrl, ["https://www.npmjs.com/package/holdfast"], false],
])("what is looked for is found: a %s", (_what, pattern, parts, found) => {
  expect(pattern.test(parts.join(""))).toBe(found);
});
