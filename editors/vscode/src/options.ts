// What the extension decides by itself, apart from the editor, so that tests can look at it.
import * as path from "node:path";

export interface Settings {
  path: string;
  arguments: readonly string[];
}

export interface Command {
  command: string;
  args: string[];
}

/** The files that the server is told of: Dockerfiles by their language, and ignore files by their name. */
export const DOCUMENTS = [
  { language: "dockerfile", scheme: "file" },
  { language: "dockerfile", scheme: "untitled" },
  { pattern: "**/{Dockerfile,Containerfile}{,.*}", scheme: "file" },
  { pattern: "**/{,*}.dockerignore", scheme: "file" },
];

/** The command that starts the server. */
export function commandOf(settings: Settings, home: string): Command {
  const named = settings.path.trim() || "dlint";
  const command = named === "~" || named.startsWith("~/") ? path.join(home, named.slice(1)) : named;
  return { command, args: ["server", ...settings.arguments] };
}

/** What to tell the user when the server does not start. */
export function adviceFor(command: string, error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  const missing = typeof error === "object" && error !== null && (error as { code?: string }).code === "ENOENT";
  return missing || reason.includes("ENOENT")
    ? `dlint was not found as "${command}". Install it with: pipx install "dlint-dockerfile[server]"`
    : `dlint did not start: ${reason}`;
}

/** Whether a change of settings asks for another server. */
export function asksForRestart(affects: (section: string) => boolean): boolean {
  return affects("dlint.path") || affects("dlint.arguments");
}
