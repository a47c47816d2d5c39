// Microsoft's KQL parser and binder as a server: one JSON request a line in, one JSON answer a
// line out. node server.js <folder with node_modules> <tables.json>
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { createRequire } = require("node:module");

const [folder, tablesFile] = process.argv.slice(2);
const load = createRequire(path.join(folder, "package.json"));
load("@kusto/language-service-next/bridge.min.js"); // sets globals, `Kusto` among them
load("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

const K = globalThis.Kusto.Language;
const globals = K.GlobalState.Default.WithDatabase(database());

const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity });
lines.on("line", (line) => process.stdout.write(JSON.stringify(answer(line)) + "\n"));

function answer(line) {
  try {
    const { text } = JSON.parse(line);
    const code = K.KustoCode.ParseAndAnalyze(text, globals);
    return {
      problems: items(code.GetDiagnostics()).map((found) => ({
        code: found.Code,
        start: found.Start,
        message: found.Message,
      })),
      columns: columns(code.ResultType),
      regexes: regexes(code.Syntax),
      nullTests: nullTests(code.Syntax),
      error: "",
    };
  } catch (error) {
    return { problems: [], columns: [], regexes: [], nullTests: [], error: String(error) };
  }
}

/** Name and type of every result column; none if the query yields no table. */
function columns(type) {
  if (!type || !type.Columns) return [];
  return items(type.Columns).map((column) => [column.Name, column.Type.Name]);
}

/** Value and place of every literal that stands after `matches regex`. */
function regexes(root) {
  return descendants(root)
    .filter((node) => node.Kind === K.Syntax.SyntaxKind.MatchesRegexExpression)
    .filter((node) => typeof node.Right.LiteralValue === "string")
    .map((node) => ({ value: node.Right.LiteralValue, start: node.Right.TextStart }));
}

/** Places of isnull and isnotnull of a string, which is never null: binds, but means nothing. */
function nullTests(root) {
  return descendants(root)
    .filter((node) => node.Kind === K.Syntax.SyntaxKind.FunctionCallExpression)
    .filter((node) => ["isnull", "isnotnull", "notnull"].includes(node.Name.SimpleName))
    .filter((node) => argument(node)?.ResultType?.Name === "string")
    .map((node) => node.TextStart);
}

function argument(call) {
  const list = call.ArgumentList.Expressions;
  return list.Count ? list.getItem(0).Element$1 : undefined;
}

function descendants(node) {
  const children = Array.from({ length: node.ChildCount }, (_, index) => node.GetChild(index));
  return [node, ...children.filter(Boolean).flatMap(descendants)];
}

/** The tables that queries may name, each with its typed columns. */
function database() {
  const tables = JSON.parse(fs.readFileSync(tablesFile, "utf8"));
  const symbols = Object.entries(tables).map(([name, types]) => {
    const schema = Object.entries(types).map(([column, type]) => `['${column}']:${type}`);
    // $ctor7: (name, schema). The overloads are numbered: hence the pinned version.
    return new K.Symbols.TableSymbol.$ctor7(name, `(${schema.join(",")})`);
  });
  return new K.Symbols.DatabaseSymbol.ctor("db", symbols);
}

/** A .NET list as an array. */
function items(list) {
  return Array.from({ length: list.Count }, (_, index) => list.getItem(index));
}
