"""Checks that see several columns of a row, or several rows; of patterns and types: what is asked, and what Python counts."""
import datetime as dt
import re

import tables

CLEAN = """
  - match_regex_list: {column: s, regex_list: ["^[a-z]", "[0-9]$"]}
  - match_regex_list: {column: c, regex_list: ["a", "p"], match_on: all}
  - not_match_regex_list: {column: s, regex_list: ["[A-Z]", "^ ", "^-"]}
  - match_like: {column: k, like_pattern: "k1_"}
  - match_like: {column: n, like_pattern: "-%"}
  - not_match_like: {column: s, like_pattern: "%!%%", escape: "!"}
  - match_like_list: {column: c, patterns: ["p%", "%n"]}
  - not_match_like_list: {column: s, patterns: ["a%", "_"]}
  - increasing: id
  - increasing: {column: id, strictly: true}
    name: strictly-increasing
  - increasing: n
  - decreasing: {column: q, strictly: true}
  - decreasing: t
    where: "n > 0 AND b"
  - increasing: {column: d, strictly: true}
  - increasing: b
  - of_type: {column: n, type: integer}
  - of_type: {column: r, type: integer}
  - of_type: {column: d, type: date}
  - in_type_list: {column: c, types: [varchar, int]}
  - column_type: {column: b, type: bool}
  - equal_columns: {a: n, b: m}
  - equal_columns: {a: t, b: u, ignore_row_if: neither}
  - equal_columns: {a: q, b: n, ignore_row_if: either_value_is_missing}
    name: equal-of-two-kinds
  - pair_in_set: {a: c, b: b, pairs: [[paid, true], [open, false], [gone, null], [null, true]]}
  - pair_in_set: {a: n, b: c, pairs: [[0, paid], [1, open], [2.0, gone], ["3", paid]], ignore_row_if: either_value_is_missing}
  - pair_in_set: {a: d, b: b, pairs: [["2024-02-29", true]], ignore_row_if: neither}
  - unique_within_record: [n, m]
  - unique_within_record: {columns: [n, m, q], ignore_row_if: never}
  - unique_within_record: {columns: [s, c, k], ignore_row_if: any_value_is_missing}
  - equal_within_record: [n, m]
  - equal_within_record: {columns: [n, m, q], ignore_row_if: never}
  - equal_within_record: {columns: [t, u], ignore_row_if: any_value_is_missing}
  - no_outliers: {column: n, multiplier: 0.5}
  - no_outliers: {column: q, method: std, multiplier: 1}
  - sum_of_columns: {columns: [q, id], sum_total: 7}
  - sum_of_columns: {columns: [b, id], sum_total: 7, ignore_row_if: any_value_is_missing}
"""

DECLARED = """
  - increasing: p
  - decreasing: h
  - increasing: {column: xn, strictly: true}
  - increasing: xd
  - of_type: {column: xn, type: integer}
  - of_type: {column: p, type: decimal}
  - of_type: {column: xd, type: timestamp}
  - equal_columns: {a: xn, b: n}
  - pair_in_set: {a: p, b: c, pairs: [[0.10, paid]]}
  - unique_within_record: [p, h, xn]
  - sum_of_columns: {columns: [p, q], sum_total: 0.25}
  - sum_of_columns: {columns: [p, xp], sum_total: 0.25}
  - match_like: {column: p, like_pattern: "%.5_"}
  - match_regex_list: {column: xn, regex_list: ["^[0-9]", "^x"]}
"""


def out_of_order(values, good):
    """How many do not follow the one before them."""
    return sum(not good(a, b) for a, b in zip(values, values[1:]))


def expect(columns):
    """By check: what Python finds in the same cells."""
    cells = {c.name: [None if v != v else v for v in c.cells] for c in columns}
    there = {name: [v for v in values if v is not None] for name, values in cells.items()}
    text = there["s"]
    found = {}

    def rows(names, ignore=all):
        """Tuples of the rows that count: without those of which all, or any, values are missing; None: all rows."""
        picked = zip(*[cells[name] for name in names])
        return [row for row in picked if ignore is None or not ignore(v is None for v in row)]

    found["match_regex_list:s"] = sum(not (re.search(r"\A[a-z]", v) or re.search("[0-9]$", v)) for v in text)
    found["match_regex_list:c"] = sum("a" not in v or "p" not in v for v in there["c"])
    found["not_match_regex_list:s"] = sum(bool(re.search(r"[A-Z]|\A |\A-", v)) for v in text)
    found["match_like:k"] = sum(not (v.startswith("k1") and len(v) == 3) for v in there["k"])
    found["match_like:n"] = sum(v >= 0 for v in there["n"])
    found["not_match_like:s"] = sum("%" in v for v in text)
    found["match_like_list:c"] = sum(not (v.startswith("p") or v.endswith("n")) for v in there["c"])
    found["not_match_like_list:s"] = sum(v.startswith("a") or len(v) == 1 for v in text)
    found["increasing:id"] = found["strictly-increasing"] = 0
    found["increasing:n"] = out_of_order(there["n"], lambda a, b: a <= b)
    found["decreasing:q"] = out_of_order(there["q"], lambda a, b: a > b)
    found["increasing:d"] = out_of_order(there["d"], lambda a, b: a < b)
    found["increasing:b"] = out_of_order(there["b"], lambda a, b: a <= b)
    some = [t for t, n, b in rows("tnb", None) if t is not None and n is not None and n > 0 and b]
    found["decreasing:t"] = out_of_order(some, lambda a, b: a >= b)
    found["of_type:n"] = found["of_type:d"] = found["in_type_list:c"] = 0
    found["of_type:r"] = len(there["r"])
    found["equal_columns:n,m"] = sum(a is None or a != b for a, b in rows("nm"))
    found["equal_columns:t,u"] = sum(a is None or a != b for a, b in rows("tu", None))
    found["equal-of-two-kinds"] = sum(a != b for a, b in rows("qn", any))
    found["pair_in_set:c,b"] = sum(row not in (("paid", True), ("open", False), ("gone", None), (None, True)) for row in rows("cb"))
    found["pair_in_set:n,c"] = sum(row not in ((0, "paid"), (1, "open"), (2, "gone")) for row in rows("nc", any))
    found["pair_in_set:d,b"] = sum(row != (dt.date(2024, 2, 29), True) for row in rows("db", None))
    found["unique_within_record:n,m"] = sum(len(set(row)) < 2 for row in rows("nm"))
    found["unique_within_record:n,m,q"] = sum(len(set(row)) < 3 for row in rows("nmq", None))
    found["unique_within_record:s,c,k"] = sum(len(set(row)) < 3 for row in rows("sck", any))
    found["sum_of_columns:q,id"] = sum(None in row or sum(row) != 7 for row in rows(("q", "id")))
    found["sum_of_columns:b,id"] = sum(sum(row) != 7 for row in rows(("b", "id"), any))
    if "p" in cells:
        good = [v for v in there["xn"] if not isinstance(v, tables.Misfit)]
        misfits = len(there["xn"]) - len(good)
        found["increasing:p"] = out_of_order(there["p"], lambda a, b: a <= b)
        found["decreasing:h"] = out_of_order(there["h"], lambda a, b: a >= b)
        found["increasing:xn"] = misfits + out_of_order(good, lambda a, b: a < b)
        found["of_type:xn"], found["of_type:p"] = misfits, 0
        found["of_type:xd"] = len(there["xd"])
    return dict({check: ("unexpected_count", n) for check, n in found.items()}, **{"column_type:b": ("observed_value", "boolean")})
