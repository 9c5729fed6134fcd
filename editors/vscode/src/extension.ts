// Starts `dlint server` and leaves everything else to it.
import { homedir } from "node:os";
import * as vscode from "vscode";
import { LanguageClient, LanguageClientOptions, ServerOptions } from "vscode-languageclient/node";
import { adviceFor, asksForRestart, commandOf, DOCUMENTS, Settings } from "./options";

const FIX_ALL = vscode.CodeActionKind.SourceFixAll.append("dlint");

let client: LanguageClient | undefined;
let log: vscode.LogOutputChannel;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  log = vscode.window.createOutputChannel("dlint", { log: true });
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand("dlint.restart", restart),
    vscode.commands.registerCommand("dlint.showLog", () => log.show()),
    vscode.commands.registerCommand("dlint.fixAll", fixAll),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (asksForRestart((section) => event.affectsConfiguration(section))) {
        await restart();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}

function settings(): Settings {
  const found = vscode.workspace.getConfiguration("dlint");
  return { path: found.get("path", "dlint"), arguments: found.get("arguments", []) };
}

async function start(): Promise<void> {
  const { command, args } = commandOf(settings(), homedir());
  const server: ServerOptions = { command, args };
  const options: LanguageClientOptions = { documentSelector: DOCUMENTS, outputChannel: log };
  client = new LanguageClient("dlint", "dlint", server, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const advice = adviceFor(command, error);
    log.error(advice);
    void vscode.window.showErrorMessage(advice);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function restart(): Promise<void> {
  await stop();
  await start();
}

async function fixAll(): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor !== undefined) {
    await vscode.commands.executeCommand("editor.action.codeAction", { kind: FIX_ALL.value, apply: "first" });
  }
}
