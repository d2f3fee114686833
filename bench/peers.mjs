// The peers of bench/run that live in node: the suite orders-12 in Polars, as a process of its own.
//
//	peers.mjs PACKAGES FORMAT FILE THREADS SUITE
//
// PACKAGES is the folder where npm put nodejs-polars; FORMAT is csv, parquet or jsonl; SUITE is orders-12 or without (uniqueness).  Prints
// one line of JSON as peers.py does: the seconds without the start of node and the loading of the package, its version, and the counts.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const [packages, format, file, threads, suite] = process.argv.slice(2);
process.env.POLARS_MAX_THREADS = threads;
const pl = createRequire(path.join(packages, "x.js"))("nodejs-polars");

// What must be the same everywhere stands in peers.py.
const shared = readFileSync(new URL("peers.py", import.meta.url), "utf8");
const text = (name) => shared.match(new RegExp(`^${name} = \\(?r?((?:\\s*"[^"\\n]*")+)`, "m"))[1].match(/"[^"]*"/g).map((s) => s.slice(1, -1)).join("");
const status = JSON.parse(shared.match(/^STATUS = (\[.*?\])/m)[1]);
const country = text("COUNTRY").split(" ");
const email = text("EMAIL");
const [, first, last] = shared.match(/^FIRST, LAST = "([^"]*)", "([^"]*)"/m);

const start = process.hrtime.bigint();
const types = { order_id: pl.Int64, customer_id: pl.Int32, amount: pl.Float64, score: pl.Float64 };
const names = ["order_id", "customer_id", "status", "country", "amount", "email", "created_at", "updated_at", "note", "score"];
const scan = {
  csv: () => pl.scanCSV(file, { dtypes: Object.fromEntries(names.map((n) => [n, types[n] ?? pl.Utf8])) }),
  jsonl: () => pl.scanJson(file),
  parquet: () => pl.scanParquet(file),
};
const column = pl.col;
// Timestamps are compared as text where they are text, which is in its favour.
const bound = (s) => (format === "parquet" ? pl.lit(new Date(s)) : pl.lit(s));
const within = (name, least, most) => column(name).lt(least).or(column(name).gt(most)).sum();
const counts = [
  pl.len().alias("rows"),
  column("order_id").isNull().sum().alias("order_id null"),
  suite === "without" ? null : column("order_id").count().minus(column("order_id").nUnique()).alias("order_id not unique"),
  column("status").isIn(status).not().sum().alias("status"),
  column("country").isIn(country).not().sum().alias("country"),
  within("amount", pl.lit(0), pl.lit(10000)).alias("amount"),
  column("amount").mean().alias("mean of amount"),
  column("email").str.contains(email).not().sum().alias("email"),
  within("created_at", bound(first), bound(last)).alias("created_at"),
  column("updated_at").lt(column("created_at")).sum().alias("updated_at"),
  column("note").str.lengths().gt(500).sum().alias("note"),
];
const got = scan[format]().select(...counts.filter((c) => c !== null)).collectSync();
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const version = JSON.parse(readFileSync(path.join(packages, "node_modules", "nodejs-polars", "package.json"), "utf8")).version;
process.stdout.write(JSON.stringify({ seconds, version, counts: got.row(0).map(Number) }) + "\n", () => process.reallyExit(0));
