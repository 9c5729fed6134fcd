import * as assert from "node:assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { adviceFor, asksForRestart, commandOf, DOCUMENTS } from "../src/options";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const settings = manifest.contributes.configuration.properties;

test("the server is `dlint server` with the user's arguments", () => {
  assert.deepStrictEqual(commandOf({ path: "dlint", arguments: ["--no-plugins"] }, "/home/me"), {
    command: "dlint",
    args: ["server", "--no-plugins"],
  });
});

test("an empty path is the default, and ~ is the home folder", () => {
  assert.strictEqual(commandOf({ path: "  ", arguments: [] }, "/home/me").command, "dlint");
  assert.strictEqual(commandOf({ path: "~/bin/dlint", arguments: [] }, "/home/me").command, "/home/me/bin/dlint");
  assert.strictEqual(commandOf({ path: "~other/dlint", arguments: [] }, "/home/me").command, "~other/dlint");
});

test("a program that is not there is told with what to install", () => {
  const missing = Object.assign(new Error("spawn dlint ENOENT"), { code: "ENOENT" });
  assert.match(adviceFor("dlint", missing), /pipx install "dlint-dockerfile\[server\]"/);
  assert.strictEqual(adviceFor("dlint", new Error("it crashed")), "dlint did not start: it crashed");
  assert.strictEqual(adviceFor("dlint", "no"), "dlint did not start: no");
});

test("only settings of the command ask for another server", () => {
  assert.ok(asksForRestart((section) => section === "dlint.path"));
  assert.ok(asksForRestart((section) => section === "dlint.arguments"));
  assert.ok(!asksForRestart((section) => section === "dlint.trace.server"));
});

test("a workspace cannot choose the program that is started", () => {
  for (const name of ["dlint.path", "dlint.arguments"]) {
    assert.strictEqual(settings[name].scope, "machine", name);
  }
  assert.strictEqual(settings["dlint.path"].default, commandOf({ path: "", arguments: [] }, "/").command);
});

test("Dockerfiles and ignore files are the server's", () => {
  assert.ok(DOCUMENTS.some((each) => "language" in each && each.language === "dockerfile" && each.scheme === "file"));
  assert.ok(DOCUMENTS.some((each) => "pattern" in each && each.pattern?.includes(".dockerignore")));
});

test("each command of the manifest is registered", () => {
  const source = readFileSync("src/extension.ts", "utf8");
  for (const { command } of manifest.contributes.commands) {
    assert.ok(source.includes(`registerCommand("${command}"`), command);
  }
});
