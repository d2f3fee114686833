#!/usr/bin/env python3
"""Writes jsonl_cases.h: JSON lines, many of them damaged, and what Python's json module reads from them.

    python3 jsonl_cases.py > jsonl_cases.h

The first two lines make all columns variants.  The expected text is that of scan_dump.c.
"""
import json
import math
import random

KEYS = ["a", "b", "c d", "\u00e9"]
NUMBERS = ["0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "123456789012345678901234567890",
           "1.5", "-0.25", "1e3", "2E-2", "0.1", "3.0", "1e22", "12345678.123456789", "-0"]
TEXTS = ["", "x", "two words", "quote\" here", "back\\slash", "tab\there", "line\nbreak", "\u65e5\u672c", "\U0001f600", "007", "2024-01-01",
         "a long text that does not fit sixteen bytes", "\u0001", "nul\u0000byte", "/"]
DAMAGE = ['"', "{", "}", "[", "]", ",", ":", "\\", "0", " ", "e", ".", "-", "\t", "nul", "true", "\x01"]


class Raw(str):
    """A nested value as it is written."""


def value(rnd):
    kind = rnd.random()
    if kind < 0.3:
        return rnd.choice(NUMBERS), None
    if kind < 0.65:
        s = rnd.choice(TEXTS)
        return json.dumps(s, ensure_ascii=rnd.random() < 0.5), None
    if kind < 0.75:
        return rnd.choice(["true", "false"]), None
    if kind < 0.85:
        return "null", None
    raw = rnd.choice(["[]", "[1, 2]", "{}", '[{"x": [1,{"y":"]}"}]}]', '[ "a,b" , null ]'])
    return raw, Raw(raw)


def line(rnd):
    keys = [rnd.choice(KEYS) for _ in range(rnd.randrange(0, 6))] if rnd.random() < 0.3 else rnd.sample(KEYS, rnd.randrange(0, 5))
    space = lambda: rnd.choice(["", "", "", " ", "\t", "  "])
    parts, want = [], {}
    for k in keys:
        text, nested = value(rnd)
        parts.append(f"{space()}{json.dumps(k, ensure_ascii=rnd.random() < 0.2)}{space()}:{space()}{text}{space()}")
        want[k] = nested if nested is not None else json.loads(text)
    return "{" + (",".join(parts) if parts else space()) + "}" + space(), want


def refuse(name):
    raise ValueError(name)


def damage(rnd, text):
    at = rnd.randrange(len(text))
    text = text[:at] + rnd.choice(DAMAGE + [""] * 6) + text[at + rnd.randrange(0, 2):]
    try:
        got = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return text, None
    if not isinstance(got, dict):
        return text, None
    if not set(got) <= set(KEYS):
        return damage(rnd, "{}")
    for v in got.values():
        if isinstance(v, (list, dict)) or (isinstance(v, float) and math.isinf(v)):
            return damage(rnd, "{}")
    return text, got


def cell(v):
    if v is None:
        return "~"
    if isinstance(v, Raw):
        return f"'{v}'"
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, str):
        return f"'{v}'"
    return repr(v)


def case(rnd):
    lines, out, bad, at = [], [], [], 2
    for _ in range(rnd.randrange(1, 9)):
        text, want = line(rnd)
        if rnd.random() < 0.4:
            text, want = damage(rnd, text)
        if "\n" in text or text.strip() == "":
            continue
        lines.append(text)
        if want is None:
            bad.append(f"0.{at} ")
            continue
        out.append(f"0.{at}: " + "|".join(cell(want.get(k)) for k in KEYS) + "\n")
        at += 1
    head = [json.dumps({k: v for k in KEYS}, ensure_ascii=False) for v in (1, "t")]
    text = "".join(s + rnd.choice(["\n", "\n", "\r\n", "\n\n", "\n \n"]) for s in head + lines)
    if rnd.random() < 0.3:
        text = text.rstrip()
    rows = "0.0: 1|1|1|1\n0.1: 't'|'t'|'t'|'t'\n" + "".join(out)
    return text, rows, "".join(bad)


def literal(s):
    b = s.encode()
    return '{"' + "".join(chr(c) if 32 <= c < 127 and chr(c) not in '"\\?' else f"\\{c:03o}" for c in b) + f'", {len(b)}}}'


def main():
    rnd = random.Random(20240102)
    print("/* Made by jsonl_cases.py with Python's json module; do not edit. */")
    print("static const struct {\n\tstruct sv text, rows, malformed;\n} jsonl_cases[] = {")
    for _ in range(40):
        print("\t{" + ",\n\t\t".join(literal(s) for s in case(rnd)) + "},")
    print("};")


main()
