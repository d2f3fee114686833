"""The peers of bench/run that live in Python: the suite orders-12 in one other tool, as a process of its own.

	peers.py MODULE WAY FORMAT FILE THREADS SUITE

FORMAT is csv, parquet or jsonl; SUITE is orders-12, without (the eleven checks but uniqueness) or metadata.  Prints one line of JSON: the
seconds without the start of Python and the imports, the version of the tool, and the counts in the order of `counted`, which must be those
of weir.  Here is also the SQL, which is the same for every DuckDB; which peers there are says rivals.py.
"""
import json
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
COUNTS = ("rows", "order_id null", "order_id not unique", "status", "country", "amount", "mean of amount", "email", "created_at", "updated_at",
          "note")
SCHEMA = {"order_id": "BIGINT", "customer_id": "INTEGER", "status": "VARCHAR", "country": "VARCHAR", "amount": "DECIMAL(10,2)",
          "email": "VARCHAR", "created_at": "TIMESTAMP", "updated_at": "TIMESTAMP", "note": "VARCHAR", "score": "DOUBLE"}
STATUS = ["completed", "shipped", "pending", "cancelled", "refunded"]
COUNTRY = ("US DE GB FR CN IN BR JP CA ES IT MX AU NL PL SE KR TR CH BE AT NO DK FI IE PT CZ RO HU GR ZA NG EG KE MA GH IL AE SA QA SG MY "
           "TH VN ID PH NZ TW HK PK BD LK AR CL CO PE UY EC UA BG").split()
EMAIL = r"^[a-z0-9._]+@[a-z0-9.]+\.[a-z]{2,}$"
FIRST, LAST = "2023-01-01T00:00:00Z", "2025-12-31T23:59:59Z"


def sql_from(form, path):
    schema = "{%s}" % ", ".join("'%s': '%s'" % c for c in SCHEMA.items())
    if form == "csv":
        return "read_csv('%s', header=true, delim=',', quote='\"', escape='\"', columns=%s)" % (path, schema)
    if form == "jsonl":
        return "read_json('%s', format='newline_delimited', columns=%s)" % (path, schema)
    return "read_parquet('%s')" % path


def counted(suite):
    return [c for c in COUNTS if suite != "without" or c != "order_id not unique"]


def one_query(way, form, path, suite):
    """The best single query that was found (orders-12.sql says why), or the same as it is commonly written, with NOT IN."""
    with open(os.path.join(HERE, "metadata.sql" if suite == "metadata" else "orders-12.sql"), encoding="ascii") as f:
        lines = [line for line in f if not line.startswith("--") and (suite != "without" or "order_id_unique" not in line)]
    query = "".join(lines).replace("$FROM", sql_from(form, path))
    return [query if way == "best" else re.sub(r"NOT list_contains\(\[(.*?)\], (\w+)\)", r"\2 NOT IN (\1)", query)]


def twelve_queries(table, suite):
    """As tools do that know only SQL: each check is a query, with NOT IN."""
    bad = ("order_id IS NULL", None, "status NOT IN (%s)" % str(STATUS)[1:-1], "country NOT IN (%s)" % str(COUNTRY)[1:-1],
           "amount NOT BETWEEN 0 AND 10000", None, "NOT regexp_matches(email, '%s')" % EMAIL,
           "created_at NOT BETWEEN TIMESTAMP '2023-01-01' AND TIMESTAMP '2025-12-31 23:59:59'", "updated_at < created_at",
           "length(note) NOT BETWEEN 0 AND 500")
    queries = {c: "SELECT count(*) FROM %s WHERE %s" % (table, where) for c, where in zip(COUNTS[1:], bad)}
    queries.update({
        "rows": "SELECT count(*) FROM " + table, "mean of amount": "SELECT avg(amount) FROM " + table,
        "order_id not unique": "SELECT coalesce(sum(c), 0)::BIGINT FROM (SELECT order_id, count(*) c FROM %s WHERE order_id IS NOT NULL "
                               "GROUP BY order_id HAVING count(*) > 1)" % table})
    return [queries[c] for c in counted(suite)]


def statements(way, form, path, suite):
    """For DuckDB: best and plain are one query, table loads the file first and asks twelve, queries asks twelve of the file.  The first rows
    of those that begin with SELECT are the counts; that the columns are those wanted is seen to in each."""
    table = "t" if way == "table" else sql_from(form, path)
    load = ["CREATE TABLE t AS SELECT * FROM " + sql_from(form, path)] if way == "table" else []
    names = ("SET VARIABLE columns = (SELECT CASE WHEN list(column_name) = %s THEN 1 ELSE error('other columns') END "
             "FROM (DESCRIBE SELECT * FROM %s))" % (list(SCHEMA), table))
    return load + [names] + (one_query(way, form, path, suite) if way in ("best", "plain") else twelve_queries(table, suite))


def duckdb(way, form, path, threads, suite):
    import duckdb as module
    c = module.connect()
    c.execute("SET enable_progress_bar = false")
    c.execute("SET threads = %d" % threads)
    counts = []
    for s in statements(way, form, path, suite):
        done = c.execute(s)
        if s.lstrip().startswith("SELECT"):
            counts += done.fetchone()
    return counts


def polars(_way, form, path, _threads, suite):
    import polars as pl
    types = {"order_id": pl.Int64, "customer_id": pl.Int32, "amount": pl.Float64, "score": pl.Float64}
    if form == "csv":
        t = pl.scan_csv(path, schema={c: types.get(c, pl.String) for c in SCHEMA})
    elif form == "jsonl":
        t = pl.scan_ndjson(path, schema={c: types.get(c, pl.String) for c in SCHEMA})
    else:
        t = pl.scan_parquet(path)
    c, first, last = pl.col, pl.lit(FIRST), pl.lit(LAST)  # as text, which is in its favour
    if form == "parquet":
        first, last = (pl.lit(text[:-1]).str.to_datetime() for text in (FIRST, LAST))
    got = [
        pl.len().alias("rows"), c("order_id").is_null().sum().alias("null"), (c("order_id").count() - c("order_id").n_unique()).alias("unique"),
        (~c("status").is_in(STATUS)).sum().alias("status"), (~c("country").is_in(COUNTRY)).sum().alias("country"),
        (~c("amount").is_between(0, 10000)).sum().alias("amount"), c("amount").mean().alias("mean"),
        (~c("email").str.contains(EMAIL)).sum().alias("email"), (~c("created_at").is_between(first, last)).sum().alias("created"),
        (c("updated_at") < c("created_at")).sum().alias("updated"), (~c("note").str.len_chars().is_between(0, 500)).sum().alias("note")]
    return list(t.select([e for e in got if suite != "without" or e.meta.output_name() != "unique"]).collect().row(0))


def read_pandas(path):
    import pandas
    return pandas.read_csv(path, dtype={c: object for c in ("status", "country", "email", "note")}, keep_default_na=False, na_values=[""])


def pandas(_way, _form, path, _threads, _suite):
    """Reads once and makes a pass for each check."""
    import pandas as pd
    d = read_pandas(path)
    c, u, a = pd.to_datetime(d.created_at, utc=True), pd.to_datetime(d.updated_at, utc=True), d.amount.dropna()
    return [len(d), d.order_id.isna().sum(), d.order_id.duplicated(keep=False).sum(), (~d.status.dropna().isin(STATUS)).sum(),
            (~d.country.dropna().isin(COUNTRY)).sum(), (~a.between(0, 10000)).sum(), a.mean(), (~d.email.dropna().str.contains(EMAIL)).sum(),
            (~c.dropna().between(FIRST, LAST)).sum(), (u < c).sum(), (~d.note.dropna().str.len().between(0, 500)).sum()]


def gx(_way, _form, path, _threads, _suite):
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as ge
    import pandas as pd
    e, d = ge.expectations, read_pandas(path)
    for name in ("created_at", "updated_at"):
        d[name] = pd.to_datetime(d[name], utc=True).dt.tz_localize(None)
    first, last = (pd.Timestamp(text[:-1]).to_pydatetime() for text in (FIRST, LAST))
    context = ge.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = context.data_sources.add_pandas("bench").add_dataframe_asset("orders").add_batch_definition_whole_dataframe("all").get_batch(
        {"dataframe": d})
    done = batch.validate(ge.ExpectationSuite(name="orders-12", expectations=[
        e.ExpectTableRowCountToBeBetween(min_value=1, max_value=100000000),
        e.ExpectTableColumnsToMatchOrderedList(column_list=list(SCHEMA)),
        e.ExpectColumnValuesToNotBeNull(column="order_id"),
        e.ExpectColumnValuesToBeUnique(column="order_id"),
        e.ExpectColumnValuesToBeInSet(column="status", value_set=STATUS),
        e.ExpectColumnValuesToBeInSet(column="country", value_set=COUNTRY),
        e.ExpectColumnValuesToBeBetween(column="amount", min_value=0, max_value=10000, mostly=0.99),
        e.ExpectColumnMeanToBeBetween(column="amount", min_value=100, max_value=200),
        e.ExpectColumnValuesToMatchRegex(column="email", regex=EMAIL, mostly=0.99),
        e.ExpectColumnValuesToBeBetween(column="created_at", min_value=first, max_value=last),
        e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="updated_at", column_B="created_at", or_equal=True),
        e.ExpectColumnValueLengthsToBeBetween(column="note", min_value=0, max_value=500),
    ]))
    # The results come in an order of their own.
    found = {(r.expectation_config.type, r.expectation_config.kwargs.get("column")): r.result for r in done.results}
    results = [found[("expect_" + t, c)] for t, c in (
        ("table_row_count_to_be_between", None), ("column_values_to_not_be_null", "order_id"), ("column_values_to_be_unique", "order_id"),
        ("column_values_to_be_in_set", "status"), ("column_values_to_be_in_set", "country"), ("column_values_to_be_between", "amount"),
        ("column_mean_to_be_between", "amount"), ("column_values_to_match_regex", "email"), ("column_values_to_be_between", "created_at"),
        ("column_pair_values_a_to_be_greater_than_b", None), ("column_value_lengths_to_be_between", "note"))]
    return [r["unexpected_count"] if "unexpected_count" in r else r["observed_value"] for r in results]


MODULES = {"duckdb": duckdb, "polars": polars, "pandas": pandas, "great_expectations": gx}


def main():
    module, way, form, path, threads, suite = sys.argv[1:7]
    os.environ["POLARS_MAX_THREADS"] = threads
    version = __import__(module).__version__
    start = time.monotonic()
    counts = MODULES[module](way, form, path, int(threads), suite)
    seconds = time.monotonic() - start
    print(json.dumps({"seconds": seconds, "version": version, "counts": [float(n) for n in counts]}))
    sys.stdout.flush()
    os._exit(0)  # the teardown of a big table is not charged to the peer


if __name__ == "__main__":
    main()
