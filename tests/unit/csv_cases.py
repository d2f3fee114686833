#!/usr/bin/env python3
"""Writes csv_cases.h: CSV texts and what Python's csv module reads from them.

    python3 csv_cases.py > csv_cases.h

Random tables, written with quotes where needed and elsewhere at random, LF and CRLF mixed, with ragged and blank lines.
The expected text is that of scan_dump.c for columns of texts: "0.ROW: 'cell'|'cell'" a line.
"""
import csv
import io
import random

PIECES = ["a", "b", "xyz", "0", "1.5", " ", ",", '"', '""', "\n", "\r\n", "\t", "\u00e9", "\u65e5\u672c", "\U0001f600", ";", "'", "|",
          "long text with spaces"]


def cell(rnd):
    return "".join(rnd.choice(PIECES) for _ in range(rnd.choice([0, 1, 1, 2, 3, 6])))


def write_cell(rnd, s):
    if any(c in s for c in ',"\n\r') or rnd.random() < 0.3:
        return '"' + s.replace('"', '""') + '"'
    return s


def table(rnd):
    ncol = rnd.choice([1, 2, 2, 3, 5])
    lines = [",".join(f"c{i}" for i in range(ncol))]
    for _ in range(rnd.randrange(0, 9)):
        kind = rnd.random()
        if kind < 0.08:
            lines.append("")
            continue
        n = ncol if kind < 0.85 else rnd.randrange(1, 8)
        lines.append(",".join(write_cell(rnd, cell(rnd)) for _ in range(n)))
    text = "".join(line + rnd.choice(["\n", "\n", "\r\n"]) for line in lines)
    if rnd.random() < 0.3:
        text = text.rstrip("\r\n")
    return ("\ufeff" if rnd.random() < 0.1 else "") + text, ncol


def expect(text, ncol):
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    out, at, bad = [], 0, []
    for row in rows[1:]:
        if row == []:
            if ncol != 1:
                continue
            row = [""]
        if len(row) != ncol:
            bad.append(f"0.{at} ")
            continue
        out.append(f"0.{at}: " + "|".join(f"'{c}'" for c in row) + "\n")
        at += 1
    return "".join(out), "".join(bad)


def literal(s):
    return '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in s.encode()) + '"'


def main():
    rnd = random.Random(20240101)
    print("/* Made by csv_cases.py with Python's csv module; do not edit. */")
    print("static const struct {\n\tconst char *text, *rows, *malformed;\n} csv_cases[] = {")
    for _ in range(60):
        text, ncol = table(rnd)
        rows, bad = expect(text, ncol)
        print(f"\t{{{literal(text)},\n\t\t{literal(rows)},\n\t\t{literal(bad)}}},")
    print("};")


main()
