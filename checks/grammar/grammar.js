// Judges workflows and action.yml files by GitHub's own grammar, offline.
// stdin:  {"home": "owner/repo", "documents": {name: text}, "metadata": {path: parsed action.yml}}
// stdout: [{"name", "line", "message"}], one for everything that is not mere information.
import { readFileSync } from "node:fs";
import { registerLogger, validate } from "@actions/languageservice";
import { TextDocument } from "vscode-languageserver-textdocument";

const { home, documents, metadata } = JSON.parse(readFileSync(0, "utf8"));
const INFORMATION = 3; // DiagnosticSeverity; some errors carry no severity at all

// The service swallows its own exceptions and then reports no diagnostics: what it logs is a finding too.
let logged = [];
const keep = (message) => logged.push(String(message));
registerLogger({ error: keep, warn: keep, info() {}, log() {} });

const config = {
  actionsMetadataProvider: {
    async fetchActionMetadata({ owner, name, path }) {
      // Foreign actions cannot be looked up here, so their inputs stay unchecked; ours must exist.
      return `${owner}/${name}` === home ? metadata[path] : {};
    },
  },
  fileProvider: {
    async getFileContent({ path }) {
      if (!(path in documents)) throw new Error(`${path} is not there`);
      return { name: path, content: documents[path] };
    },
  },
};

const findings = [];
for (const [name, text] of Object.entries(documents)) {
  logged = [];
  const diagnostics = await validate(TextDocument.create(name, "yaml", 1, text), config);
  for (const { severity, range, message } of diagnostics)
    if (severity === undefined || severity < INFORMATION) findings.push({ name, line: range.start.line + 1, message });
  for (const message of logged) findings.push({ name, line: 1, message });
}
process.stdout.write(JSON.stringify(findings));
