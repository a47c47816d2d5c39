// Microsoft's KQL parser and binder as a server: one JSON request a line in, one JSON answer a
// line out. node server.js <folder with node_modules> <tables.json> <parsers.json>
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { createRequire } = require("node:module");

const [folder, tablesFile, parsersFile] = process.argv.slice(2);
const load = createRequire(path.join(folder, "package.json"));
load("@kusto/language-service-next/bridge.min.js"); // sets globals, `Kusto` among them
load("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

const K = globalThis.Kusto.Language;
const KINDS = names(K.Syntax.SyntaxKind);
const SYMBOLS = names(K.Symbols.SymbolKind);
const globals = K.GlobalState.Default.WithDatabase(database());

const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity });
lines.on("line", (line) => process.stdout.write(JSON.stringify(answer(line)) + "\n"));

function answer(line) {
  const nothing = { problems: [], columns: [], regexes: [], nullTests: [], tree: [] };
  try {
    const { text, tree } = JSON.parse(line);
    const code = K.KustoCode.ParseAndAnalyze(text, globals);
    return {
      problems: items(code.GetDiagnostics()).map((found) => ({
        code: found.Code,
        severity: found.Severity,
        start: found.Start,
        message: found.Message,
      })),
      columns: columns(code.ResultType) ?? [],
      regexes: regexes(code.Syntax),
      nullTests: nullTests(code.Syntax),
      tree: tree ? flat(code.Syntax) : [],
      error: "",
    };
  } catch (error) {
    return { ...nothing, error: String(error) };
  }
}

/** Name and type of every column; undefined if the type is not that of a table. */
function columns(type) {
  if (!type || !type.Columns) return undefined;
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

/**
 * The bound tree as a list, parents before children: a deep tree as nested JSON would be more than
 * a reader's stack. What a node lacks is left out.
 */
function flat(root) {
  const list = [];
  const open = [[root, -1, ""]];
  while (open.length) {
    const [node, parent, slot] = open.pop();
    const place = list.push(described(node, parent, slot)) - 1;
    for (let index = node.ChildCount - 1; index >= 0; index--) {
      const child = node.GetChild(index);
      if (child) open.push([child, place, node.GetName(index) || ""]);
    }
  }
  return list;
}

function described(node, parent, slot) {
  const symbol = node.ReferencedSymbol;
  return {
    parent,
    slot,
    kind: KINDS[node.Kind],
    start: node.TextStart,
    text: node.IsToken ? node.Text : undefined,
    name: typeof node.SimpleName === "string" ? node.SimpleName : undefined,
    type: node.ResultType?.Name || undefined,
    columns: columns(node.ResultType),
    symbol: symbol ? SYMBOLS[symbol.Kind] : undefined,
    literal: literal(node),
  };
}

/**
 * The decoded value of text and of a bool. Numbers and times are read from their tokens instead:
 * the values given here for `0x1F`, `time(1.02:03:04)` and numbers beyond 64 bits are wrong.
 */
function literal(node) {
  const value = node.IsToken ? undefined : node.LiteralValue;
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  const unboxed = globalThis.Bridge.unbox(value, true);
  return typeof unboxed === "boolean" ? unboxed : undefined;
}

/** The tables that queries may name, each with its typed columns, and the functions over them. */
function database() {
  const tables = Object.entries(read(tablesFile)).map(([name, types]) => {
    const schema = Object.entries(types).map(([column, type]) => `['${column}']:${type}`);
    // $ctor7: (name, schema). The overloads are numbered: hence the pinned version.
    return new K.Symbols.TableSymbol.$ctor7(name, `(${schema.join(",")})`);
  });
  const parsers = Object.entries(read(parsersFile)).map(([name, parser]) => {
    const list = Object.entries(parser.parameters).map(parameter);
    // $ctor16: (name, parameters, body, description).
    return new K.Symbols.FunctionSymbol.$ctor16(name, `(${list.join(",")})`, parser.table, null);
  });
  return new K.Symbols.DatabaseSymbol.ctor("db", [...tables, ...parsers]);
}

/** A parameter as a function declares it. What it defaults to matters to who runs the query only. */
function parameter([name, { type }]) {
  const none = { dynamic: "dynamic([])", string: "'*'", bool: "false" };
  return `${name}:${type}=${none[type] ?? `${type}(null)`}`;
}

function read(file) {
  return JSON.parse(fs.readFileSync(file, "utf8"));
}

/** An enumeration as number to name. */
function names(enumeration) {
  const entries = Object.entries(enumeration).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(entries.map(([name, value]) => [value, name]));
}

/** A .NET list as an array. */
function items(list) {
  return Array.from({ length: list.Count }, (_, index) => list.getItem(index));
}
