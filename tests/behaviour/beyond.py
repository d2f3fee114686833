"""Checks beyond a column's values, on files and tables alike: keys of other assets, formats, gaps, schemas, composed checks."""
import json

from project import contains, same, test


def csv(names, rows):
    return ",".join(names) + "\n" + "".join(",".join("" if v is None else '"%s"' % v if isinstance(v, str) else str(v) for v in row) + "\n" for row in rows)


def everywhere(p, names, rows, check, columns="", also=""):
    """The check on a CSV file, a JSONL file and a SQLite table of the same rows; its result, which must be the same."""
    p.write("t.csv", csv(names, rows))
    p.write("t.jsonl", "".join(json.dumps(dict(zip(names, row))) + "\n" for row in rows))
    p.write("t.db", b"")
    p.sqlite("t.db", "CREATE TABLE t (%s)" % ", ".join(names),
             *["INSERT INTO t VALUES (%s)" % ", ".join("NULL" if v is None else "'%s'" % v.replace("'", "''") if isinstance(v, str) else repr(v) for v in row)
               for row in rows])
    some = "columns: {%s}, allow_empty: true" % columns if columns else "allow_empty: true"
    text = "sources: {db: {url: 'sqlite:t.db'}}\nallow_sql: true\nassets:\n"
    for key, where in (("csv", "path: t.csv"), ("jsonl", "path: t.jsonl"), ("db", "source: db, table: t")):
        text += "  %s: {%s, %s, checks: [{%s, name: it}]}\n" % (key, where, some, check)
    p.catalog(text + also)
    done = p.json("check", "csv", "jsonl", "db")
    found = {}
    for key in ("csv", "jsonl", "db"):
        c = done.check(key + ":it")
        found[key] = {"outcome": c["outcome"], "message": c["message"].replace(key, "t"), "result": c["result"]}
    for key in ("jsonl", "db"):
        same((found[key]["outcome"], found[key]["message"]), (found["csv"]["outcome"], found["csv"]["message"]), key)
        for word in ("unexpected_count", "element_count", "observed_value", "details"):
            same(found[key]["result"].get(word), found["csv"]["result"].get(word), key + " " + word)
    return found["csv"]


def refused(p, check, *words, columns=""):
    p.check("a,b\n1,2\n", ["{%s}" % check], columns=columns).expect(2, *words)


@test
def keys_of_several_columns_are_looked_up_across_sources(p):
    p.sqlite("s.db", "CREATE TABLE prices (shop TEXT, sku INTEGER, price REAL)",
             "INSERT INTO prices VALUES ('eu', 1, 5), ('eu', 2, 6), ('us', 1, 7), (NULL, 3, 8)")
    p.write("prices.jsonl", '{"shop": "eu", "sku": 1}\n{"shop": "eu", "sku": 2}\n{"shop": "us", "sku": 1}\n{"shop": null, "sku": 3}\n')
    p.write("sales.csv", "shop,sku\neu,1\nus,2\nus,1\n,3\neu,\neu,2\n")
    p.catalog("""sources: {s: {url: "sqlite:s.db"}}
assets:
  sales:
    path: sales.csv
    checks:
      - {relationships: {columns: [shop, sku], to: prices, fields: [shop, sku]}, name: table}
      - {relationships: {columns: [shop, sku], to: lines, fields: [shop, sku]}, name: lines}
      - {relationships: {column: shop, to: prices, field: shop}, name: one}
  prices: {source: s, table: prices, checks: [{relationships: {columns: [sku, shop], to: sales, fields: [sku, shop]}, name: back}]}
  lines: {path: prices.jsonl}
""")
    done = p.json("check").expect(1)
    for name in ("sales:table", "sales:lines"):
        r = done.check(name)["result"]
        same((r["unexpected_count"], r["missing_count"], r["partial_unexpected_index_list"], r["partial_unexpected_list"]), (1, 2, [1], [["us", 2]]), name)
    same((done.check("sales:one")["outcome"], done.check("prices:back")["outcome"]), ("pass", "pass"))
    # A key of another type is nobody's key: that is a mistake, not a verdict.
    p.write("prices.jsonl", '{"shop": "eu", "sku": "1"}\n')
    done = p.json("check", "sales").expect(3)
    same((done.check("sales:lines")["outcome"], done.check("sales:table")["outcome"]), ("error", "fail"))


@test
def a_key_and_its_fields_are_as_long(p):
    refused(p, "relationships: {columns: [a, b], to: t, fields: [a]}", "2 columns cannot be looked up in 1")
    refused(p, "relationships: {columns: [a, a], to: t, fields: [a, b]}", "already")
    # Below its column, as dbt writes it.
    p.write("o.csv", "id\n1\n")
    p.write("t.csv", "c\n1\n2\n")
    p.catalog("assets:\n  t: {path: t.csv, columns: {c: {checks: [{relationships: {to: ref('o'), field: id}}]}}}\n  o: {path: o.csv}\n")
    done = p.json("check", "t").expect(1)
    same(done.check("t:relationships:c")["result"]["partial_unexpected_list"], [2])


@test
def a_limit_of_segments_is_the_checks_to_set(p):
    rows = "g,v\n" + "".join("%d,1\n" % i for i in range(150))
    p.check(rows, ["{not_null: v, by: {columns: g, limit: 150}}"]).expect(0)
    c = p.check(rows, ["{not_null: v, by: {columns: [g], limit: 149}, name: it}"]).expect(3).check("t:it")
    contains(c["message"], "more than 149 segments")
    for by, word in (("{columns: g, limit: 0}", "between 1 and"), ("{limit: 5}", "needs 'columns'"), ("{columns: g, most: 5}", "no 'most'"),
                     ("{columns: g, limit: x}", "limit")):
        refused(p, "not_null: a, by: %s" % by, word)
