"""The tables of tables.py as Parquet files: written by hand, in as many ways as one file can have.

Columns take turns: coded by a dictionary or plain, with statistics or without, compressed or not, nullable or required.  What does not
fit its column's type stands as text, as it would in a file whose writer knew no better.
"""
import datetime as dt
import gzip
import os
import random
import struct
from decimal import Decimal

import tables

BOOLEAN, INT32, INT64, DOUBLE, BYTE_ARRAY, FIXED = 0, 1, 2, 5, 6, 7
PLAIN, RLE, RLE_DICTIONARY = 0, 3, 8
CONVERTED = {1: 0, 5: 5, 6: 6}  # what older readers look for, beside the logical types string, decimal and date
EPOCH = dt.datetime(1970, 1, 1)


# Thrift's compact protocol: a struct is a list of (id, type, value).
BOOL, I32, I64, BINARY, LIST, STRUCT = 1, 5, 6, 8, 9, 12


def varint(n):
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def zigzag(n):
    return varint(n << 1 if n >= 0 else (-n << 1) - 1)


def thrift(kind, v):
    if kind in (I32, I64):
        return zigzag(v)
    if kind == BINARY:
        v = v.encode() if isinstance(v, str) else v
        return varint(len(v)) + v
    if kind == LIST:
        inner, items = v
        head = bytes([len(items) << 4 | inner]) if len(items) < 15 else bytes([0xF0 | inner]) + varint(len(items))
        return head + b"".join(thrift(inner, item) for item in items)
    out, last = b"", 0
    for number, inner, value in v:
        code = (1 if value else 2) if inner == BOOL else inner
        out += bytes([(number - last) << 4 | code])
        out += b"" if inner == BOOL else thrift(inner, value)
        last = number
    return out + b"\0"


def physical(kind):
    """Type, length, logical type (as a union), precision and scale of a column of weir's type."""
    if kind == "integer":
        return INT64, None, None
    if kind == "number":
        return DOUBLE, None, None
    if kind == "boolean":
        return BOOLEAN, None, None
    if kind == "date":
        return INT32, None, (6, [])
    if kind == "timestamp":
        return INT64, None, (8, [(1, BOOL, False), (2, STRUCT, [(2, STRUCT, [])])])
    if kind.startswith("decimal"):
        precision, scale = (int(n) for n in kind[8:-1].split(","))
        return (INT64 if precision <= 18 else FIXED), (None if precision <= 18 else 16), (5, [(1, I32, scale), (2, I32, precision)])
    return BYTE_ARRAY, None, (1, [])


def encode(kind, v):
    """A value as PLAIN has it; booleans are packed elsewhere."""
    if kind == "integer":
        return struct.pack("<q", v)
    if kind == "number":
        return struct.pack("<d", v)
    if kind == "date":
        return struct.pack("<i", (v - EPOCH.date()).days)
    if kind == "timestamp":
        return struct.pack("<q", (v - EPOCH) // dt.timedelta(microseconds=1))
    if kind.startswith("decimal"):
        precision, scale = (int(n) for n in kind[8:-1].split(","))
        whole = int(v.scaleb(scale))
        return struct.pack("<q", whole) if precision <= 18 else whole.to_bytes(16, "big", signed=True)
    return v.encode()


def packed(bits, width):
    """Numbers of `width` bits, the lowest first, padded to a multiple of eight of them."""
    whole = 0
    for i, b in enumerate(bits):
        whole |= b << (i * width)
    groups = (len(bits) + 7) // 8
    return groups, whole.to_bytes(groups * width, "little")


def hybrid(numbers, width):
    """One run of each kind: repeated numbers at the front, the rest bit-packed."""
    same = 0
    while same < len(numbers) and numbers[same] == numbers[0]:
        same += 1
    same = same if same >= 8 else 0
    out = varint(same << 1) + numbers[0].to_bytes((width + 7) // 8, "little") if same else b""
    if same < len(numbers):
        groups, data = packed(numbers[same:], width)
        out += varint(groups << 1 | 1) + data
    return out


def plain(kind, values):
    if kind == "boolean":
        return packed([int(v) for v in values], 1)[1]
    if physical(kind)[0] == BYTE_ARRAY:
        return b"".join(struct.pack("<I", len(encode(kind, v))) + encode(kind, v) for v in values)
    return b"".join(encode(kind, v) for v in values)


class Chunk:
    """One column of one row group."""

    def __init__(self, name, kind, cells, rnd, at):
        self.name, self.kind, self.cells, self.at = name, kind, cells, at
        self.required = False
        self.values = [v for v in cells if v is not None]
        self.codec = rnd.choice([0, 2])
        self.dictionary = kind != "boolean" and bool(self.values) and rnd.random() < 0.6
        self.told = rnd.random() < 0.8
        self.body, self.raw = b"", 0
        self.dictionary_at = None

    def page(self, head, data):
        stored = gzip.compress(data, 1) if self.codec == 2 else data
        page = thrift(STRUCT, [(1, I32, 0 if head[0] == 5 else 2), (2, I32, len(data)), (3, I32, len(stored)),
                               (head[0], STRUCT, head[1])])
        self.raw += len(page) + len(data)
        self.body += page + stored

    def write(self, required, page_rows):
        self.required = required
        entries, number = [], {}
        if self.dictionary:
            for v in self.values:
                key = encode(self.kind, v)
                if key not in number:
                    number[key] = len(entries)
                    entries.append(v)
            self.dictionary_at = self.at
            self.page((7, [(1, I32, len(entries)), (2, I32, PLAIN)]), plain(self.kind, entries))
        self.data_at = self.at + len(self.body)
        width = max(len(entries) - 1, 0).bit_length()
        self.pages = 0
        for i in range(0, len(self.cells), page_rows):
            cells = self.cells[i:i + page_rows]
            values = [v for v in cells if v is not None]
            data = b""
            if not required:
                levels = hybrid([int(v is not None) for v in cells], 1)
                data += struct.pack("<I", len(levels)) + levels
            if self.dictionary:
                data += bytes([width]) + (hybrid([number[encode(self.kind, v)] for v in values], width) if values else b"")
            else:
                data += plain(self.kind, values)
            self.page((5, [(1, I32, len(cells)), (2, I32, RLE_DICTIONARY if self.dictionary else PLAIN), (3, I32, RLE), (4, I32, RLE)]), data)
            self.pages += 1
        return self.body

    def bounds(self):
        values = [v for v in self.values if v == v]
        if not values:
            return []
        if self.kind == "number":
            low, high = min(values), max(values)
            return [(5, BINARY, struct.pack("<d", high if high != 0 else 0.0)), (6, BINARY, struct.pack("<d", low if low != 0 else -0.0))]
        if self.kind == "boolean":
            return [(5, BINARY, bytes([max(values)])), (6, BINARY, bytes([min(values)]))]
        if physical(self.kind)[0] != BYTE_ARRAY:
            return [(5, BINARY, encode(self.kind, max(values))), (6, BINARY, encode(self.kind, min(values)))]
        texts = sorted(v.encode() for v in values)
        low, high = texts[0][:4], texts[-1]
        if len(high) > 4:
            high = high[:3] + bytes([high[3] + 1])
        return [(5, BINARY, high), (6, BINARY, low), (7, BOOL, high == texts[-1]), (8, BOOL, low == texts[0])]

    def meta(self):
        stats = [(3, I64, len(self.cells) - len(self.values))] + self.bounds() if self.told else []
        encodings = [RLE, PLAIN] + ([RLE_DICTIONARY] if self.dictionary else [])
        fields = [(1, I32, physical(self.kind)[0]), (2, LIST, (I32, encodings)), (3, LIST, (BINARY, [self.name])), (4, I32, self.codec),
                  (5, I64, len(self.cells)), (6, I64, self.raw), (7, I64, len(self.body)), (9, I64, self.data_at)]
        if self.dictionary_at is not None:
            fields.append((11, I64, self.dictionary_at))
        if self.told:
            fields.append((12, STRUCT, stats))
            pages = [[(1, I32, 0), (2, I32, RLE_DICTIONARY if self.dictionary else PLAIN), (3, I32, self.pages)]]
            if self.dictionary:
                pages.append([(1, I32, 2), (2, I32, PLAIN), (3, I32, 1)])
            fields.append((13, LIST, (STRUCT, pages)))
        return [(2, I64, self.at), (3, STRUCT, fields)]


def element(name, kind, required):
    typ, length, logical = physical(kind)
    fields = [(1, I32, typ)]
    if length is not None:
        fields.append((2, I32, length))
    fields += [(3, I32, 0 if required else 1), (4, BINARY, name)]
    if logical is not None and logical[0] in CONVERTED:
        fields.append((6, I32, CONVERTED[logical[0]]))
    if logical is not None and logical[0] == 5:
        fields += [(7, I32, logical[1][0][2]), (8, I32, logical[1][1][2])]
    if logical is not None:
        fields.append((10, STRUCT, [(logical[0], STRUCT, logical[1])]))
    return fields


def stored(column):
    """The column's type in the file, and its cells."""
    if any(isinstance(v, tables.Misfit) for v in column.cells):
        return "string", [tables.spelled(v) for v in column.cells]
    if column.kind.startswith("decimal"):
        return column.kind, [None if v is None else Decimal(v) for v in column.cells]
    return column.kind, column.cells


def write(columns, path, rnd, groups=3):
    """Columns as a file of so many row groups, in ways that rnd chooses."""
    rows = len(columns[0].cells)
    size = max(1, -(-rows // groups))
    kinds = [stored(c) for c in columns]
    required = [all(v is not None for v in cells) and rnd.random() < 0.5 for _, cells in kinds]
    out, row_groups = b"PAR1", []
    for start in range(0, rows, size):
        chunks = []
        for c, (kind, cells), is_required in zip(columns, kinds, required):
            chunk = Chunk(c.name, kind, cells[start:start + size], rnd, len(out))
            out += chunk.write(is_required, rnd.choice([7, 100, 100000]))
            chunks.append(chunk)
        row_groups.append([(1, LIST, (STRUCT, [c.meta() for c in chunks])), (2, I64, sum(c.raw for c in chunks)),
                           (3, I64, min(size, rows - start))])
    root = [(4, BINARY, "schema"), (5, I32, len(columns))]
    schema = [root] + [element(c.name, kind, r) for c, (kind, _), r in zip(columns, kinds, required)]
    footer = thrift(STRUCT, [(1, I32, 2), (2, LIST, (STRUCT, schema)), (3, I64, rows), (4, LIST, (STRUCT, row_groups)),
                             (6, BINARY, "parquet_tables.py"), (7, LIST, (STRUCT, [[(1, STRUCT, [])]] * len(columns)))])
    with open(path, "wb") as f:
        f.write(out + footer + struct.pack("<I", len(footer)) + b"PAR1")




def write_parts(columns, folder, seed):
    """The same rows in three files, whose columns stand in different orders."""
    os.mkdir(folder)
    rows = len(columns[0].cells)
    size = max(1, -(-rows // 3))
    for i, start in enumerate(range(0, rows, size)):
        part = [tables.Column(c.name, stored(c)[0], c.declared, stored(c)[1][start:start + size]) for c in columns]
        write(part[i:] + part[:i], os.path.join(folder, "%d.parquet" % i), random.Random(seed + i), 2)
