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
    assert done.status != 2, done.err
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


FORMATS = {
    "integer": (["0", "-42", "+7", "007"], ["", " 1", "1 ", "1.0", "--1", "1e3", "\uff11", "+"]),
    "positive integer": (["1", "+10", "010"], ["0", "-1", "000", "1.5"]),
    "negative integer": (["-1", "-0010"], ["0", "1", "-0", "+1"]),
    "decimal": (["1", "1.5", "1,5", ".5", "-,5", "+0.0"], ["1.", "1.2.3", "1,2.3", "", ".", "1 000", "1,000.5"]),
    "decimal point": (["1.5", "-.5", "7"], ["1,5", "1."]),
    "decimal_comma": (["1,5", "7"], ["1.5", "1,"]),
    "positive decimal": (["0.01", "+,5"], ["0.0", "-1", "0"]),
    "positive decimal point": (["0.01"], ["0,01", "0.00"]),
    "positive decimal comma": (["0,01"], ["0.01"]),
    "negative decimal": (["-0.01", "-,5"], ["0.5", "-0"]),
    "negative decimal point": (["-0.01"], ["-0,01"]),
    "negative decimal comma": (["-0,01"], ["-0.01"]),
    "percentage": (["12%", "-1.5 %", "1,5%"], ["12", "%", "12 percent", "1%%"]),
    "percentage point": (["1.5%"], ["1,5%"]),
    "percentage comma": (["1,5%"], ["1.5%"]),
    "positive percentage": (["1.5%"], ["-1%", "0%"]),
    "positive percentage point": (["1.5%"], ["1,5%"]),
    "positive percentage comma": (["1,5%"], ["1.5%"]),
    "negative percentage": (["-1.5%"], ["1%"]),
    "negative percentage point": (["-1.5%"], ["-1,5%"]),
    "negative percentage comma": (["-1,5%"], ["-1.5%"]),
    "money": (["9.99 EUR", "9,99USD", "-5 KRW"], ["9.99", "9.99 EURO", "9.99 eur", "9.99 ABC", "1,234.50 EUR"]),
    "money point": (["1,234.50 EUR", "12 USD", "1234.5 USD"], ["1.234,50 EUR", "1,23 EUR", "12,3456 EUR", ",234 EUR", "1,,234 EUR"]),
    "money comma": (["1.234,50 EUR", "1.234.567 EUR"], ["1,234.50 EUR", "1.23 EUR"]),
    "date us": (["01/31/2024", "2-29-2024", "12.1.1999"], ["31/01/2024", "02/30/2024", "1/1/24", "01/31-2024", "2/29/2023", "13/1/2024", "0/1/2024"]),
    "date eu": (["31/01/2024", "29.2.2024"], ["01/31/2024", "31/04/2024", "1.1.24"]),
    "date inverse": (["2024/01/31", "2024-2-29"], ["2024/31/01", "24/01/31", "2023-02-29"]),
    "date iso 8601": (["2024-10-05", "20241005", "2024-W52-7", "2020W53", "2024-366", "2024-01-31T23:59:59.5+09:00", "20240131T235959Z", "2024-01-31 09", "2024-01-31T24:00"],
                      ["2024-13-01", "2024-02-30", "2023-366", "2024-W53", "2024-W01-8", "2024-01-31T25:00", "2024-01-31T09:60", "2024-1-5", "2024-01-31T", "2024-01-31T09:30+", "2024-01-31T24:01",
                       "2024-0131", "2024-01-31T0930", "05/10/2024"]),
    "time 24h": (["0:00", "23:59", "09:30:59.25"], ["24:00", "9:5", "09:60", "09:30:60", "09:30 PM", "09:30:", "9"]),
    "time 24h nosec": (["23:59"], ["23:59:00"]),
    "time 12h": (["12:59", "1:00:00", "09:30 PM", "9:30am"], ["0:30", "13:00", "9:30 XM", "PM"]),
    "time 12h nosec": (["9:30", "9:30 PM"], ["9:30:00"]),
    "timestamp 24h": (["21:30:00"], ["21:30", "24:00:00"]),
    "timestamp 12h": (["09:30:00", "12:00:00 am"], ["09:30", "13:00:00"]),
    "uuid": (["123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"], ["123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g", "{123e4567-e89b-12d3-a456-426614174000}"]),
    "ip address": (["192.0.2.1", "::1"], ["256.0.0.1", "1.2.3", "fe80::1%eth0"]),
    "ipv4 address": (["255.255.255.255"], ["999.1.1.1", "01.2.3.4", "::1", "1.2.3.4 "]),
    "ipv6 address": (["2001:db8::1", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8"], ["1::2::3", "1:2:3:4:5:6:7:8:9", "192.0.2.1", "12345::"]),
    "cidr": (["10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"], ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/08", "2001:db8::/129", "10.0.0.0/", "/8"]),
    "email": (["ann@example.org", "o'neil+tag@sub.example.museum", "a@b.co"], ["ann", "ann@example", "ann@@example.org", "a..b@example.org", ".a@example.org", "a b@example.org", "ann@-x.org", "ann@1.2.3.4", "@example.org",
                                                                              "x" * 65 + "@example.org"]),
    "phone number": (["+82 2-1234-5678", "(555) 123-4567", "5551234567"], ["555-123", "555--123-4567", "+1 (555 123-4567", "call me", "1234567890123456", "555-1234-"]),
    "credit card number": (["4539 1488 0343 6467", "4539148803436467", "378282246310005", "6011-1111-1111-1117"], ["4539148803436468", "1234", "0000000000000000", "4539  1488 0343 6467", "-4539148803436467", "4539148803436467x"]),
    "iban": (["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"], ["GB82 WEST 1234 5698 7654 33", "XX89370400440532013000", "gb82west12345698765432", "DE89"]),
    "url": (["https://example.org/a?b=c#d", "http://127.0.0.1:8080", "ftp://[2001:db8::1]/x", "s3://bucket/key"], ["example.org", "http://", "http://a b", "http://x:99999", "http://-x", "mailto:a@example.org", "//example.org", "http://[::1"]),
    "hostname": (["db-1.example.org", "localhost", "a"], ["-a", "a-", "a..b", "a.", "a_b", "x" * 64, ""]),
    "http_method": (["GET", "PATCH"], ["get", "FETCH", "GE", "GET POST"]),
    "country_code": (["KR", "US"], ["kr", "UK", "XX", "KOR", "K", "R A"]),
    "currency_code": (["EUR", "KRW"], ["eur", "ABC", "EU", "EURO"]),
    "language_code": (["ko", "en"], ["KO", "xx", "eng"]),
    "iso_date": (["2024-02-29"], ["2023-02-29", "20240229", "2024-02-29T00:00", "2024-060", "2024-W05-3"]),
    "iso_time": (["09:30", "09:30:00.123Z", "23:59:59+09:00"], ["9:30", "0930", "25:00", "09:30:61", "T09:30"]),
    "iso_datetime": (["2024-01-31T09:30:00", "2024-01-31T09:30:00.5Z"], ["2024-01-31", "2024-01-31 09:30:00", "2024-01-31T09:30", "20240131T093000"]),
    "mac_address": (["00:1a:2B:3c:4d:5e", "00-1a-2b-3c-4d-5e"], ["00:1a-2b:3c:4d:5e", "001a2b3c4d5e", "00:1a:2b:3c:4d"]),
    "semver": (["1.2.3", "1.0.0-rc.1+build.5", "1.0.0-0A.is.legal"], ["1.2", "01.2.3", "v1.2.3", "1.0.0-", "1.0.0-01", "1.2.3+"]),
}


@test
def formats_take_what_they_name_and_nothing_else(p):
    for number, (name, (good, bad)) in enumerate(sorted(FORMATS.items())):
        p.write("%d.jsonl" % number, "".join(json.dumps({"x": x}) + "\n" for x in good + bad))
    p.catalog("assets:\n" + "".join(
        "  f%d: {path: %d.jsonl, columns: {x: string}, checks: [{valid_format: {column: x, format: %s}, name: it, result_format: COMPLETE}, {expr: \"is_format(x, '%s')\", name: expr}]}\n"
        % (n, n, name, name) for n, name in enumerate(sorted(FORMATS))))
    done = p.json("check")
    for number, (name, (good, bad)) in enumerate(sorted(FORMATS.items())):
        same(done.check("f%d:it" % number)["result"]["partial_unexpected_list"], bad, name)
        same(done.check("f%d:expr" % number)["result"]["unexpected_count"], len(bad), name)


@test
def engines_agree_on_formats_and_soda_means_its_own(p):
    rows = [("a@b.museum",), ("a@b.org",), (None,), ("nobody",)]
    c = everywhere(p, ["x"], rows, "valid_format: {column: x, format: email}")
    same((c["result"]["unexpected_count"], c["result"]["partial_unexpected_list"], c["result"]["missing_count"]), (1, ["nobody"], 1))
    # Four letters are the most that a domain of Soda's ends with.
    c = everywhere(p, ["x"], rows, "valid_format: {column: x, format: email, compat: soda}")
    same(c["result"]["partial_unexpected_list"], ["a@b.museum", "nobody"])
    c = everywhere(p, ["x"], [("999.1.1.1",), ("::1",)], "valid_format: {column: x, format: ip address, compat: soda}")
    same(c["result"]["partial_unexpected_list"], ["::1"])
    c = everywhere(p, ["x"], [("0",), (" - 1 ",), ("4539148803436468",)], "valid_format: {column: x, format: integer, compat: soda}")
    same(c["outcome"], "pass")
    c = everywhere(p, ["n"], [(5,), (-3,), (0,)], "valid_format: {column: n, format: positive integer}")
    same(c["result"]["partial_unexpected_list"], [-3, 0])


@test
def an_unknown_format_is_told_before_anything_runs(p):
    refused(p, "valid_format: {column: a, format: emial}", "no format 'emial'", "email")
    refused(p, "valid_format: {column: a, format: semver, compat: soda}", "Soda has no format 'semver'")
    refused(p, "valid_format: {column: a, format: email, compat: sodas}", "'compat' cannot be 'sodas'")
    refused(p, "expr: \"is_format(a, 'emial')\"", "email")
    refused(p, "expr: \"is_format(a, b)\"", "constant name")


@test
def what_stands_for_no_value_is_missing(p):
    rows = [("x",), (None,), ("N/A",), ("--",), ("",), ("y",)]
    c = everywhere(p, ["t"], rows, "not_missing: {column: t, values: ['N/A', ''], regex: '^-+$'}")
    same((c["outcome"], c["result"]["unexpected_count"], c["result"]["element_count"], c["message"]), ("fail", 4, 6, "4 of 6 values are missing (66.67 %)"))
    c = everywhere(p, ["t"], rows, "not_missing: {column: t, values: ['N/A']}")
    same(c["result"]["unexpected_count"], 2)
    c = everywhere(p, ["t"], rows, "not_missing: t")
    same(c["result"]["unexpected_count"], 1)
    c = everywhere(p, ["n"], [(-1,), (5,), (None,)], "not_missing: {column: n, values: [-1, 'N/A'], mostly: 0.3}")
    same((c["outcome"], c["result"]["unexpected_count"]), ("pass", 2))
    # What does not fit its type may be one of the words.
    c = p.check("n\n1\nN/A\n", ["{not_missing: {column: n, values: [N/A]}, name: it}"], columns="n: integer").check("t:it")
    same((c["outcome"], c["result"]["unexpected_count"]), ("fail", 1))


@test
def missing_numbers_are_counted_and_named(p):
    rows = [(n, "b" if n in (10, 12) else "a") for n in (7, 1, 2, 4, 4, 12, 10, None, 3)]
    c = everywhere(p, ["n", "g"], rows, "sequence: n")
    present = {r[0] for r in rows} - {None}
    missing = sorted(set(range(1, 13)) - present)
    same((c["outcome"], c["result"]["observed_value"], c["message"]), ("fail", len(missing), "5 numbers are missing: 5 to 6, 8 to 9, 11"))
    same(c["result"]["details"], {"first": 1, "last": 12, "present": len(present), "missing": 5, "gaps": [[5, 6], [8, 9], [11, 11]]})
    same(everywhere(p, ["n", "g"], rows, "sequence: n, fail: '> 5'")["outcome"], "pass")
    same(everywhere(p, ["n", "g"], rows, "sequence: n, fail: '> 4'")["outcome"], "fail")
    c = everywhere(p, ["n", "g"], rows, "sequence: n, by: g")
    same([[s["segment"]["g"], s["observed_value"]] for s in c["result"]["details"]["segments"]], [["a", 2], ["b", 1]])
    same(everywhere(p, ["n"], [(10,), (-5,), (0,), (5,)], "sequence: {column: n, step: 5}")["outcome"], "pass")
    c = everywhere(p, ["n"], [(10,), (0,), (3,)], "sequence: {column: n, step: 5}")
    same((c["outcome"], c["result"]["observed_value"], c["message"]), ("fail", 1, "1 number is missing: 5; 1 value is not on a step"))
    same(everywhere(p, ["n"], [], "sequence: n", columns="n: integer")["outcome"], "pass")
    same(everywhere(p, ["n"], [(-9223372036854775807,), (9223372036854775806,)], "sequence: n")["result"]["observed_value"], 9223372036854775807)
    same(everywhere(p, ["n"], [(1,), (2.5,), (3,)], "sequence: n, fail: '> 9'")["outcome"], "fail")
    refused(p, "sequence: {column: a, step: 0}", "between 1 and")


@test
def long_sequences_spill_and_say_the_same(p):
    p.write("t.csv", "n\n" + "".join("%d\n" % ((i * 7919) % 200003) for i in range(200003) if i not in (5, 77, 1234)))
    p.write("s.yaml", "checks: [{sequence: n, name: it}]\n")
    found = []
    for memory in ("1GB", "1MB"):
        done = p.json("check", "--source", "t.csv", "--suite", "s.yaml", "--store", ":memory:", "--memory", memory)
        c = done.json["assets"][0]["checks"][0]
        found.append((c["outcome"], c["result"]["observed_value"]))
    same(found, [("fail", 3)] * 2)


@test
def windows_without_rows_are_found(p):
    times = ["2024-05-10T%02d:%02d:00" % (h, 7 * h) for h in (1, 2, 3, 6, 7)]
    c = everywhere(p, ["t"], [(t,) for t in times] + [(None,)], "time_gaps: {column: t, every: 1h}", columns="t: timestamp")
    same((c["outcome"], c["result"]["observed_value"], c["message"]), ("fail", 2, "2 windows are missing: 2024-05-10T04:00:00 to 2024-05-10T05:00:00"))
    # The clock shows 12:00: hours 8 to 11 are over.
    c = everywhere(p, ["t"], [(t,) for t in times], "time_gaps: {column: t, every: 1h, until: now}", columns="t: timestamp")
    same((c["result"]["observed_value"], c["result"]["details"]["gaps"][-1]), (6, ["2024-05-10T08:00:00", "2024-05-10T11:00:00"]))
    same(everywhere(p, ["t"], [("2024-05-10T11:59:59",)], "time_gaps: {column: t, every: 1h, until: now}", columns="t: timestamp")["outcome"], "pass")
    same([everywhere(p, ["t"], [], "time_gaps: {column: t, every: 1h%s}" % until, columns="t: timestamp")["outcome"] for until in ("", ", until: now")], ["pass", "fail"])
    c = everywhere(p, ["t"], [("2024-05-01",), ("2024-05-03",), ("2024-05-04",)], "time_gaps: {column: t, every: 1d}", columns="t: date")
    same((c["result"]["observed_value"], c["result"]["details"]["gaps"]), (1, [["2024-05-02", "2024-05-02"]]))
    # Weeks begin on Monday: the 6th and the 12th are of one, the 13th of the next.
    for day, gaps in (("2024-05-12", 0), ("2024-05-13", 0), ("2024-05-20", 1)):
        same(everywhere(p, ["t"], [("2024-05-06",), (day,)], "time_gaps: {column: t, every: 1w}", columns="t: date")["result"]["observed_value"], gaps, day)
    # New York's clocks went from 02:00 to 03:00: that hour never was.
    wall = [("2024-03-10T01:30:00",), ("2024-03-10T03:30:00",)]
    same(everywhere(p, ["t"], wall, "time_gaps: {column: t, every: 1h}", columns="t: {type: timestamp, timezone: America/New_York}")["outcome"], "pass")
    same(everywhere(p, ["t"], wall, "time_gaps: {column: t, every: 1h}", columns="t: timestamp")["outcome"], "fail")
    refused(p, "time_gaps: {column: a, every: 1x}", "every")
    refused(p, "time_gaps: {column: a, every: 0s}", "longer than 0")
    refused(p, "time_gaps: {column: a, every: 1h}", "not times", columns="a: integer")


@test
def the_newest_value_has_an_age(p):
    rows = [("2024-05-10T05:00:00",), ("2024-05-09T05:00:00",), (None,)]
    c = everywhere(p, ["t"], rows, "recent: {column: t, within: 6h}", columns="t: timestamp")
    same((c["outcome"], c["result"]["observed_value"], c["message"]), ("fail", 25200.0, "the newest value is 7 h old, at most 6h is allowed"))
    same(everywhere(p, ["t"], rows, "recent: {column: t, within: 7h}", columns="t: timestamp")["outcome"], "pass")
    for warn, fail, outcome in (("> 6h", "> 1d", "warn"), ("> 7h", "> 1d", "pass"), ("> 1h", "> 6h59m", "fail")):
        same(everywhere(p, ["t"], rows, "recent: t, warn: '%s', fail: '%s'" % (warn, fail), columns="t: timestamp")["outcome"], outcome)
    # One of tomorrow makes nothing recent.
    c = everywhere(p, ["t"], rows + [("2024-05-11T00:00:00",)], "recent: {column: t, within: 6h}", columns="t: timestamp")
    same(c["outcome"], "fail")
    contains(c["message"], "1 value is ahead of the clock")
    same(everywhere(p, ["t"], rows + [("2024-05-10T12:04:00",)], "recent: {column: t, within: 6h}", columns="t: timestamp")["outcome"], "pass")
    same(everywhere(p, ["t"], [(None,)], "recent: {column: t, within: 6h}", columns="t: timestamp")["outcome"], "fail")
    same(everywhere(p, ["t"], [("2024-05-10T20:00:00",)], "recent: {column: t, within: 6h}", columns="t: {type: timestamp, timezone: Asia/Seoul}")["outcome"], "pass")
    refused(p, "recent: a", "needs within", columns="a: timestamp")
    refused(p, "recent: {column: a, within: 6h}", "holds no times", columns="a: integer")
    refused(p, "mean: a, fail: '> 6h'", "no duration")


@test
def checks_are_composed_of_checks(p):
    rows = [("a", None), (None, "x"), ("b", "y")]
    names = ["email", "phone"]
    c = everywhere(p, names, rows, "any: [{not_null: email}, {not_null: {column: phone, mostly: 0.6}}]")
    same((c["outcome"], c["message"], c["result"]["observed_value"]), ("pass", "1 of 2 checks is met", 1))
    c = everywhere(p, names, rows, "any: [{not_null: email}, {not_null: phone}]")
    same((c["outcome"], c["message"]), ("fail", "0 of 2 checks are met: not_null: 1 of 3 values are null (33.33 %); not_null: 1 of 3 values are null (33.33 %)"))
    same([d["success"] for d in c["result"]["details"]["checks"]], [False, False])
    same(everywhere(p, names, rows, "all: [{unique: email}, {row_count: {min: 3}}]")["outcome"], "pass")
    same(everywhere(p, names, rows, "all: [{unique: email}, {row_count: {min: 4}}], severity: warning")["outcome"], "warn")
    same(everywhere(p, names, rows, "not: {column_exists: ssn}")["outcome"], "pass")
    same(everywhere(p, names, rows, "not: [{column_exists: ssn}, {column_exists: phone}]")["outcome"], "fail")
    # Filters meet, and segments are of the whole.
    same(everywhere(p, names, rows, "all: [{not_null: phone, where: \"email <> 'a'\"}], where: \"email IS NOT NULL\"")["outcome"], "pass")
    same(everywhere(p, names, rows, "any: [{not_null: phone}, {all: [{not_null: email}, {in_set: {column: email, values: [b]}}]}], by: phone")["outcome"], "fail")
    # What cannot be evaluated makes the whole an error, whoever else is met.
    c = everywhere(p, names, rows, "any: [{row_count: {min: 1}}, {not_null: nothing}]")
    same(c["outcome"], "error")
    contains(c["message"], "nothing")
    same(everywhere(p, names, rows, "not: {between: {column: nothing, min: 0}}")["outcome"], "error")


@test
def a_composed_check_is_told_its_mistakes(p):
    refused(p, "any: []", "names no check")
    refused(p, "any: [{not_nul: a}]", "not_nul", "not_null")
    refused(p, "all: [{not_null: a, severity: warning}]", "'severity' says nothing of a part")
    refused(p, "not: {not_null: a, by: b}", "'by' says nothing of a part")
    refused(p, "all: [{between: {column: a, min: 5, max: 1}}]", "greater than max")
    refused(p, "any: [{not_null: a}], mostly: 0.5", "mostly")
    # Parts make the check: others are another check.
    done = p.check("a,b\n1,2\n", ["any: [{not_null: a}]", "any: [{not_null: b}]"]).expect(0)
    same(len({c["id"] for c in done.json["assets"][0]["checks"]}), 4)
    p.check("a,b\n1,2\n", ["any: [{not_null: a}]", "any: [{not_null: a}]"]).expect(2, "equal to another")


@test
def a_composed_relationship_ends_with_the_version_of_its_keys(p):
    p.write("k.csv", "id\n1\n", at=100)
    p.write("t.csv", "c\n1\n", at=100)
    p.catalog("assets:\n  t: {path: t.csv, exposed: true, checks: [{any: [{relationships: {column: c, to: k, field: id}}]}]}\n  k: {path: k.csv}\n"
              "  d: {path: d.csv, exposed: true, depends_on: [t]}\n")
    p.weir("check", "t").expect(0)
    p.weir("gate", "d").expect(0)
    p.write("k.csv", "id\n2\n", at=50)
    p.weir("gate", "d").expect(1, "unchecked")


@test
def one_value_of_a_query_is_judged(p):
    p.sqlite("s.db", "CREATE TABLE t (n INTEGER, name TEXT)", "INSERT INTO t VALUES (1, 'a'), (5, 'b')")

    def outcome(check, extra=""):
        p.catalog("allow_sql: true\nsources: {s: {url: 'sqlite:s.db'}}\nassets:\n  t: {source: s, table: t, checks: [{%s, name: it}]%s}\n" % (check, extra))
        return p.json("check").check("t:it")

    same(outcome("sql_value: {query: 'SELECT sum(n) FROM {batch}', min: 6, max: 6}")["outcome"], "pass")
    c = outcome("sql_value: {query: 'SELECT sum(n) FROM {batch}', max: 5}")
    same((c["outcome"], c["result"]["observed_value"], c["message"]), ("fail", 6, "the query's value is 6, expected at most 5"))
    same(outcome("sql_value: {query: 'SELECT max(n) FROM {batch}'}, warn: '> 4', fail: '> 5'")["outcome"], "warn")
    same(outcome("sql_value: {query: 'SELECT max(n) FROM {batch} WHERE n > 9', min: 0}")["outcome"], "fail")
    for query in ("SELECT n FROM {batch}", "SELECT n, name FROM {batch} LIMIT 1", "SELECT n FROM {batch} WHERE n > 9", "SELECT no FROM {batch}"):
        same(outcome("sql_value: {query: '%s', min: 0}" % query)["outcome"], "error", query)
    c = outcome("sql_value: {query: 'SELECT max(name) FROM {batch}', min: 'x'}", ", columns: {name: {type: string, pii: true}}")
    same((c["outcome"], c["result"]["observed_value"], "b" in c["message"].replace("the", "")), ("fail", "***", False))
    refused(p, "sql_value: {query: 'SELECT 1', min: 0}", "allow_sql")


@test
def a_schema_is_compared_column_by_column(p):
    rows = [(1, 2.5, "x", None), (2, 3.5, None, None)]
    names = ["id", "amount", "note", "ssn_hash"]

    def found(check):
        c = everywhere(p, names, rows, "schema: {%s}" % check, columns="id: integer, amount: number, note: string, ssn_hash: string")
        return [c["outcome"]] + [(m["kind"], m["column"]) for m in c["result"].get("details", {}).get("mismatched", [])]

    same(found("columns: {id: integer, amount: number}, order: true"), ["pass"])
    same(found("columns: {amount: any, id: int64}, order: true"), ["fail", ("position", "id")])
    same(found("columns: {id: string, gone: integer}"), ["fail", ("type", "id"), ("missing", "gone")])
    same(found("required: [id, gone], forbidden: ['ssn*', nothing]"), ["fail", ("missing", "gone"), ("forbidden", "ssn_hash")])
    same(found("columns: {id: integer}, optional: ['note', 'ssn*'], extra: refuse"), ["fail", ("extra", "amount")])
    same(found("types: {gone: integer, amount: number}"), ["pass"])
    same(found("index: {id: 0, ssn_hash: -1, amount: 2}"), ["fail", ("position", "amount")])
    same(found("not_null: [id, note, ssn_hash]"), ["fail", ("nullable", "note"), ("nullable", "ssn_hash")])
    same(found("not_null: [id, gone]"), ["fail", ("missing", "gone")])
    c = everywhere(p, names, rows, "schema: {not_null: [note]}", columns="id: integer, amount: number, note: string, ssn_hash: string")
    same((c["message"], c["result"]["observed_value"][0]), ("column 'note' holds 1 null", {"name": "id", "type": "integer"}))
    for check, word in (("{}", "asks for nothing"), ("{order: true}", "needs 'columns'"), ("{columns: {id: nonsense}}", "unknown type"), ("{index: {id: x}}", "whole number"),
                        ("{extra: maybe, required: [a]}", "'extra' cannot be"), ("{columns: [a]}", "must be a map")):
        refused(p, "schema: " + check, word)


@test
def a_decimal_type_is_meant_with_its_digits(p):
    for want, outcome in (("decimal", "pass"), ("decimal(10,2)", "pass"), ("decimal(12,2)", "fail"), ("number", "fail")):
        c = p.check("x\n1.50\n", ["{schema: {types: {x: '%s'}}, name: it}" % want], columns="x: 'decimal(10,2)'").check("t:it")
        same(c["outcome"], outcome, want)


@test
def a_threshold_follows_the_last_good_run(p):
    def run(n, nulls, check="not_null: v, fail: '> last_good + 50%'", name="it"):
        p.write("t.csv", "v,k\n" + ",1\n" * nulls + "1,1\n" * (n - nulls))
        return p.check(None, ["{%s, name: %s}" % (check, name)]).check("t:" + name)

    c = run(100, 10)
    same((c["outcome"], "no good run to compare with" in c["message"]), ("skipped", True))
    c = run(100, 15)
    same((c["outcome"], "the last good run had 10" in c["message"]), ("pass", True))
    same(run(100, 23)["outcome"], "fail")
    same(run(100, 23)["outcome"], "fail")
    same(run(100, 22)["outcome"], "pass")
    same(run(100, 0)["outcome"], "pass")
    same(run(100, 1)["outcome"], "fail")
    count = "row_count: {min: 0}, warn: 'not between last_good - 5 and last_good + 5', fail: '< last_good - 50%'"
    same([run(n, 0, count, "count")["outcome"] for n in (100, 105, 111, 99, 104, 51)], ["skipped", "pass", "warn", "warn", "pass", "fail"])
    for text in ("> last_good +", "> last_good + -5", "> last_goods", "> last_good * 2"):
        refused(p, "not_null: a, fail: '%s'" % text, "threshold")
    refused(p, "not_null: a, fail: '> last_good', by: b", "not known for each segment")


@test
def a_change_of_schema_is_told_against_what_was_there(p):
    def run(csv, check="schema_change: {}", name="it", *args):
        if csv is not None:
            p.write("t.csv", csv)
        return p.check(None, ["{%s, name: %s}" % (check, name)], *args).check("t:" + name)

    old, more, less = "id,v,w\n1,1.5,x\n", "id,v,w,z\n1,1.5,x,5\n", "id,z\n1.5,2\n"
    same(run(old)["message"], "there is no earlier schema to compare with yet")
    same(run(old)["outcome"], "pass")
    c = run(more)
    same((c["outcome"], c["message"]), ("pass", "1 change, all allowed"))
    for csv in (less, None):  # the same data says the same again, though it was seen before
        c = run(csv)
        same((c["outcome"], [(x["change"], x["column"], x["allowed"]) for x in c["result"]["details"]["changes"]]),
             ("fail", [("widened", "id", True), ("removed", "v", False), ("removed", "w", False)]))
    same(c["message"], "column 'v' was removed; column 'w' was removed")
    # Told once, against the last; against the last good one until it is mended.
    same(run("id,z\n2.5,2\n")["outcome"], "pass")
    good = "schema_change: {against: last_good}"
    same([run(text, good, "good")["outcome"] for text in (old, less, "id,z\n3.5,2\n", more)], ["pass", "fail", "fail", "pass"])
    # What may be is the check's to say.
    strict = "schema_change: {allow: none}"
    same([run(text, strict, "strict")["outcome"] for text in (old, "id,w,v\n1,x,1.5\n")], ["pass", "fail"])
    lax = "schema_change: {allow: [removed], ignore: ['z*']}"
    same([run(text, lax, "lax")["outcome"] for text in (more, "id,v\n1,2.5\n", "id,v,q\n1,3.5,1\n")], ["pass", "pass", "fail"])
    narrow = [run(text, "schema_change: {}", "narrow") for text in ("a\n1.5\n", "a\n1\n", "a\nx\n")]
    same([c["outcome"] for c in narrow], ["pass", "fail", "fail"])
    contains(narrow[1]["message"], "column 'a' was of type number and is of type integer")
    # However little of a result is asked for, what was seen is kept.
    same([run(text, "schema_change: {}", "brief", "--result-format", "BOOLEAN_ONLY")["outcome"] for text in ("a,b\n1,2\n", "a\n1\n")], ["pass", "fail"])


@test
def a_change_of_schema_is_told_against_a_file(p):
    p.write("schemas/t.yaml", "columns: {id: integer, v: number}\n")
    check = "{schema_change: {against: schemas/t.yaml}, name: it}"
    same(p.check("id,v,w\n1,1.5,x\n", [check]).check("t:it")["outcome"], "pass")
    c = p.check("id\nx\n", [check]).check("t:it")
    same((c["outcome"], c["message"]), ("fail", "column 'id' was of type integer and is of type string; column 'v' was removed"))
    # Another file is another check: what was judged by the old one says nothing.
    p.write("schemas/t.yaml", '[{"name": "id", "type": "varchar"}]\n')
    same(p.check("id\nx\n", [check]).check("t:it")["outcome"], "pass")
    refused(p, "schema_change: {against: nowhere.yaml}", "nowhere.yaml")
    refused(p, "schema_change: {allow: [adde]}", "no change 'adde'", "added")
    p.write("bad.yaml", "just words\n")
    refused(p, "schema_change: {against: bad.yaml}", "is no schema")


@test
def only_what_is_new_is_judged(p):
    for day in ("01", "02", "03"):
        p.write("d/2024-05-%s.csv" % day, "v\n1\n", at=1000)
    p.write("o.csv", "v\n\n", at=1000)
    catalog = """assets:
  t: {path: "d/{date}.csv", partitions: {date: {every: day, from: 2024-05-01}}, exposed: true, checks: [%s]}
  o: {path: o.csv, exposed: true, checks: [not_null: v]}
"""
    p.catalog(catalog % "not_null: v")

    def read(*args):
        """What was evaluated now, by the time of its verdict; all of it is told."""
        p.now = "2024-05-10T1%d:00:00Z" % (int(p.now[12]) + 1)
        done = p.json("check", "--only-new", *args)
        same(len(done.outcomes()), 3 * 3 + 3)
        return done, sorted(a["key"] + a["partition"] for a in done.json["assets"] if not all(c.get("checked_at") for c in a["checks"]))

    everything = ["o", "t2024-05-01", "t2024-05-02", "t2024-05-03"]
    done, new = read()
    same((done.status, new), (1, everything))
    # A failure that is on record is told as one.
    done, new = read()
    same((done.status, new), (1, []))
    p.write("d/2024-05-02.csv", "v\n\n", at=500)
    done, new = read()
    same((new, done.check("t:not_null:v", "2024-05-02")["outcome"], done.check("t:not_null:v", "2024-05-01")["outcome"]), (["t2024-05-02"], "fail", "pass"))
    # Another check was not judged yet, and what could not be evaluated was not either.
    p.catalog(catalog % "not_null: {column: v, mostly: 0.1}")
    same(read()[1], everything[1:])


@test
def what_asks_the_clock_is_judged_again_though_nothing_is_new(p):
    p.write("t.csv", "v\n2026-01-01\n", at=1000)
    for check in ("recent: {column: v, within: 2d}", "any: [{recent: {column: v, within: 2d}}]"):
        p.catalog("assets: {t: {path: t.csv, columns: {v: date}, checks: [{%s, name: it}]}}\n" % check)
        for now, outcome in (("2026-01-02T00:00:00Z", "pass"), ("2026-01-09T00:00:00Z", "fail")):
            p.now = now
            same((check, p.json("check", "--only-new").check("t:it")["outcome"]), (check, outcome))


@test
def what_is_not_known_yet_is_not_met_and_not_broken_either(p):
    def outcome(check):
        return p.check("v\n1\n", ["{%s, name: it}" % check]).check("t:it")["outcome"]

    new, good, bad = "{change: {of: row_count, max: 1}}", "{not_null: v}", "{row_count: 7}"
    for check, want in (("not: " + new, "skipped"), ("all: [%s, %s]" % (new, good), "skipped"), ("all: [%s, %s]" % (new, bad), "fail"),
                        ("any: [%s, %s]" % (new, good), "pass"), ("any: [%s, %s]" % (new, bad), "skipped"), ("not: [%s, %s]" % (new, bad), "skipped"),
                        ("not: [%s, %s]" % (new, good), "fail"), ("all: [{not: %s}, {any: [%s]}]" % (new, new), "skipped"),
                        ("not: {change: {of: row_count, max: 1, learning: fail}}", "fail"), ("not: {change: {of: row_count, max: 1, learning: error}}", "error")):
        same((check, outcome(check)), (check, want))


@test
def a_part_that_looks_back_is_not_narrowed_from_outside(p):
    for beside, hint in (("by: v", "a check of its own"), ("where: v = 1", "beside it instead")):
        refused(p, "all: [{change: {of: row_count, max: 1}}], " + beside, "knows no past", hint)
        refused(p, "all: [{not: {anomaly: {of: {mean: v}}}}], " + beside, "knows no past", hint)
    same(p.check("v\n1\n", ["{all: [{change: {of: row_count, max: 1}, where: v = 1}], name: it}"]).check("t:it")["outcome"], "skipped")


@test
def a_part_has_no_last_good_run(p):
    for check in ("all: [{row_count: {min: 0}, fail: '< last_good'}]", "any: [{not: {row_count: {}, fail: 'between last_good - 1 and last_good + 1'}}]"):
        refused(p, check, "'last_good' is not known of a part", "a check of its own")


@test
def bounds_on_the_last_good_run_that_nothing_lies_between_are_an_error(p):
    check = "{row_count: {}, name: it, fail: 'between last_good + 1 and last_good - 1'}"
    p.write("t.csv", "v\n1\n", at=1000)
    p.check(None, ["{row_count: {}, name: it}"])
    p.catalog("assets: {t: {path: t.csv, checks: [%s]}}\n" % check)
    p.json("check")
    p.write("t.csv", "v\n1\n2\n", at=2000)
    c = p.json("check").check("t:it")
    same(c["outcome"], "error")
    contains(c["message"], "lower bound above the upper one")


@test
def an_error_is_judged_again(p):
    p.write("t.csv", "v\n1\n", at=1000)
    for _ in range(2):
        done = p.check(None, ["not_null: nothing"], "--only-new").expect(3)
        assert not done.check("t:not_null:nothing").get("checked_at")


@test
def warn_and_fail_stand_in_one_check_of_every_family(p):
    rows = [(n, n + 1 if n > 2 else n - 1, "x") for n in range(10)]  # in three of ten a > b
    checks = {"values": "between: {column: a, max: 6}", "pair": "greater_than: {column_A: b, column_B: a}", "tuple": "unique_together: [c]", "row": "expr: 'b > a'",
              "aggregate": "min: {column: a, min: -5}", "rows": "row_count: {min: 1}", "gaps": "sequence: {column: a, step: 1}"}
    observed = {"values": 3, "pair": 3, "tuple": 10, "row": 3, "aggregate": 0, "rows": 10, "gaps": 0}
    for name, check in checks.items():
        n = observed[name]
        for warn, fail, outcome in ((">= %d" % n, "> %d" % n, "warn"), (">= %d" % n, ">= %d" % n, "fail"), ("> %d" % n, "> %d" % (n + 1), "pass")):
            c = everywhere(p, ["a", "b", "c"], rows, "%s, warn: '%s', fail: '%s'" % (check, warn, fail))
            same((name, warn, fail, c["outcome"]), (name, warn, fail, outcome))
    for check in ("columns: [a, b]", "any: [{not_null: a}]", "schema: {required: [a]}", "schema_change: {}", "column_exists: a"):
        refused(p, check + ", fail: '> 0'", "no number to compare")
