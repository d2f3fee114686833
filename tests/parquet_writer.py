"""Writes small Parquet files with nothing but Python's standard library, for tests that know what is in them.

    write(path, [Column("id", INT64, [1, 2, 3]), Column("name", BYTE_ARRAY, ["a", None], logical="string")], rows=...)

A column is flat, optional if it holds a None, and encoded as asked: plain, dict, delta (DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY), rle
(booleans).  With index=True there is a page index; Column.index changes its fields.  Pages hold `page_rows` rows, version 1 or 2; codecs are none and gzip.  What is to be wrong in a file is changed in its bytes
afterwards, or by the hooks of Column.
"""
import struct
import zlib

BOOLEAN, INT32, INT64, INT96, FLOAT, DOUBLE, BYTE_ARRAY, FIXED = range(8)
PLAIN, RLE, DELTA_PACKED, DELTA_LENGTH, RLE_DICTIONARY = 0, 3, 5, 6, 8
CODECS = {"none": 0, "gzip": 2}
# The old converted types, which all readers know.
CONVERTED = {"string": 0, "decimal": 5, "date": 6, "time_ms": 7, "time_us": 8, "timestamp_ms": 9, "timestamp_us": 10, "uint8": 11,
             "uint16": 12, "uint32": 13, "uint64": 14, "json": 19, "interval": 21}


class Column:
    """values: as they are stored; bytes or text for BYTE_ARRAY and FIXED.  stats: "none", "full", or a dict of its own fields."""

    def __init__(self, name, type_, values, logical=None, encoding="plain", length=0, precision=0, scale=0, stats="full",
                 optional=None, crc=False, index=None, page_rows=None):
        self.name, self.type, self.values, self.logical, self.encoding = name, type_, list(values), logical, encoding
        self.length, self.precision, self.scale, self.stats, self.crc = length, precision, scale, stats, crc
        self.page_rows = page_rows  # of this column, if not of all
        self.index = index or {}  # of its chunks: fields of the column index by number, None to leave one out; "offsets": a function of the places
        self.optional = any(v is None for v in self.values) if optional is None else optional


# Thrift's compact protocol: a struct is a list of (id, kind, value).

def varint(v):
    out = bytearray()
    while v >= 0x80:
        out.append(v & 0x7F | 0x80)
        v >>= 7
    out.append(v)
    return bytes(out)


def zigzag(v):
    return varint(v << 1 if v >= 0 else (-v << 1) - 1)


def thrift(fields):
    out, last = bytearray(), 0
    for number, kind, value in fields:
        code = {"i32": 5, "i64": 6, "binary": 8, "list": 9, "struct": 12}.get(kind, 1 if value else 2)
        out.append((number - last) << 4 | code)
        last = number
        out += encode(kind, value)
    return bytes(out) + b"\0"


def encode(kind, value):
    if kind == "bool":
        return b""
    if kind in ("i32", "i64"):
        return zigzag(value)
    if kind == "binary":
        return varint(len(value)) + value
    if kind == "struct":
        return thrift(value)
    of, items = value
    if of == "bool":
        return bytes([len(items) << 4 | 2] if len(items) < 15 else [0xF2]) + (varint(len(items)) if len(items) >= 15 else b"") + bytes(
            1 if i else 2 for i in items)
    code = {"i32": 5, "i64": 6, "binary": 8, "struct": 12}[of]
    head = bytes([len(items) << 4 | code]) if len(items) < 15 else bytes([0xF0 | code]) + varint(len(items))
    return head + b"".join(encode(of, i) for i in items)


# Values.

def stored(column, v):
    """PLAIN bytes without a length."""
    if column.type == BOOLEAN:
        return bytes([v])
    if column.type in (BYTE_ARRAY, FIXED, INT96):
        return v.encode() if isinstance(v, str) else v
    form = {INT32: "i", INT64: "q", FLOAT: "f", DOUBLE: "d"}[column.type]
    if column.type in (INT32, INT64) and v < 0 or form in "fd":
        return struct.pack("<" + form, v)
    return struct.pack("<" + form.upper(), v)


def bits(values, width):
    """Least significant bits first."""
    total = sum(v << (i * width) for i, v in enumerate(values))
    return total.to_bytes((len(values) * width + 7) // 8, "little")


def hybrid(values, width):
    """Runs: repeated ones of eight and more, the others packed in groups of eight."""
    out, i = bytearray(), 0
    while i < len(values):
        n = 1
        while i + n < len(values) and values[i + n] == values[i]:
            n += 1
        if n >= 8 or i + n == len(values):
            out += varint(n << 1) + values[i].to_bytes((width + 7) // 8, "little")
            i += n
            continue
        group = values[i:i + 8]
        out += varint(1 << 1 | 1) + bits(group + [0] * (8 - len(group)), width)
        i += len(group)
    return bytes(out)


def delta(values, block=128, minis=4):
    out = bytearray(varint(block) + varint(minis) + varint(len(values)) + zigzag(values[0] if values else 0))
    # Modulo 2**64: what overflows on the way is right again at its end.
    deltas = [(b - a + 2 ** 63) % 2 ** 64 - 2 ** 63 for a, b in zip(values, values[1:])]
    for start in range(0, len(deltas), block):
        part = deltas[start:start + block]
        least = min(part)
        size = block // minis
        chunks = [[d - least for d in part[k:k + size]] for k in range(0, block, size)]
        widths = [max(c).bit_length() if c else 0 for c in chunks]
        out += zigzag(least) + bytes(widths)
        for c, w in zip(chunks, widths):
            if c:
                out += bits(c + [0] * (size - len(c)), w)
    return bytes(out)


def plain(column, values):
    if column.type == BOOLEAN:
        return bits([int(v) for v in values], 1)
    out = bytearray()
    for v in values:
        b = stored(column, v)
        out += (struct.pack("<I", len(b)) if column.type == BYTE_ARRAY else b"") + b
    return bytes(out)


def encoded(column, values, entries):
    """(encoding, bytes) of a page."""
    if column.encoding == "dict":
        # Without an entry as parquet-mr has it, which then leaves the dictionary out.
        width = max(1, (len(entries) - 1).bit_length()) if entries else 32
        return RLE_DICTIONARY, bytes([width]) + hybrid([entries.index(v) for v in values], width)
    if column.encoding == "rle":
        runs = hybrid([int(v) for v in values], 1)
        return RLE, struct.pack("<I", len(runs)) + runs
    if column.encoding == "delta" and column.type == BYTE_ARRAY:
        texts = [stored(column, v) for v in values]
        return DELTA_LENGTH, delta([len(t) for t in texts]) + b"".join(texts)
    if column.encoding == "delta":
        return DELTA_PACKED, delta(list(values))
    return PLAIN, plain(column, values)


def compress(codec, data):
    if codec == "none":
        return data
    z = zlib.compressobj(6, zlib.DEFLATED, 31)
    return z.compress(data) + z.flush()


def page(kind, header, body, unpacked, crc):
    fields = [(1, "i32", kind), (2, "i32", unpacked), (3, "i32", len(body))]
    if crc:
        sum_ = zlib.crc32(body)
        fields.append((4, "i32", sum_ - (1 << 32) if sum_ >> 31 else sum_))
    return thrift(fields + [header]) + body


def data_page(column, values, entries, version, codec):
    there = [v for v in values if v is not None]
    encoding, body = encoded(column, there, entries)
    levels = hybrid([int(v is not None) for v in values], 1) if column.optional else b""
    if version == 1:
        whole = (struct.pack("<I", len(levels)) + levels if column.optional else b"") + body
        header = [(1, "i32", len(values)), (2, "i32", encoding), (3, "i32", RLE), (4, "i32", RLE)]
        return page(0, (5, "struct", header), compress(codec, whole), len(whole), column.crc), encoding
    header = [(1, "i32", len(values)), (2, "i32", len(values) - len(there)), (3, "i32", len(values)), (4, "i32", encoding),
              (5, "i32", len(levels)), (6, "i32", 0), (7, "bool", codec != "none")]
    return page(3, (8, "struct", header), levels + compress(codec, body), len(levels) + len(body), column.crc), encoding


def statistics(column, values):
    if column.stats == "none":
        return []
    there = [v for v in values if v is not None]
    fields = {3: ("i64", len(values) - len(there))}
    if there and column.logical != "interval" and column.type != INT96:
        fields[5] = ("binary", stored(column, max(there)))
        fields[6] = ("binary", stored(column, min(there)))
        fields[7] = fields[8] = ("bool", True)
    if isinstance(column.stats, dict):
        fields.update(column.stats)
    return [(12, "struct", [(k,) + v for k, v in sorted(fields.items()) if v is not None])]


def order_of(least, most):
    """1 if both rise, 2 if both fall, else 0."""
    for number, pairs in ((1, (least, most)), (2, (least[::-1], most[::-1]))):
        if all(list(p) == sorted(p) for p in pairs):
            return number
    return 0


def page_index(column, pages):
    """(ColumnIndex or b"", OffsetIndex) of pages: (offset, bytes, first row, values) each."""
    there = [[v for v in values if v is not None] for _, _, _, values in pages]
    bounds = [(min(t), max(t)) if t else None for t in there]
    places = [(at, size, row) for at, size, row, _ in pages]
    if "offsets" in column.index:
        places = column.index["offsets"](places)
    fields = {1: ("list", ("bool", [not t for t in there])),
              2: ("list", ("binary", [stored(column, b[0]) if b else b"" for b in bounds])),
              3: ("list", ("binary", [stored(column, b[1]) if b else b"" for b in bounds])),
              4: ("i32", order_of([b[0] for b in bounds if b], [b[1] for b in bounds if b])),
              5: ("list", ("i64", [len(values) - len(t) for t, (_, _, _, values) in zip(there, pages)]))}
    fields.update({k: v for k, v in column.index.items() if k != "offsets"})
    return (thrift([(k,) + v for k, v in sorted(fields.items()) if v is not None]),
            thrift([(1, "list", ("struct", [[(1, "i64", at), (2, "i32", size), (3, "i64", row)] for at, size, row in places]))]))


def chunk(column, values, at, version, codec, page_rows):
    """(bytes, ColumnMetaData, pages) of a column in a row group that begins at `at`."""
    entries = sorted({v for v in values if v is not None}) if column.encoding == "dict" else []
    out, encodings = bytearray(), set()
    dictionary = []
    if entries:
        body = plain(column, entries)
        out += page(2, (7, "struct", [(1, "i32", len(entries)), (2, "i32", PLAIN)]), compress(codec, body), len(body), column.crc)
        dictionary = [(11, "i64", at)]
    data_at, pages = at + len(out), []
    for start in range(0, len(values), page_rows):
        one, encoding = data_page(column, values[start:start + page_rows], entries, version, codec)
        encodings.add(encoding)
        pages.append((at + len(out), len(one), start, values[start:start + page_rows]))
        out += one
    meta = [(1, "i32", column.type), (2, "list", ("i32", sorted(encodings | {RLE}))), (3, "list", ("binary", [column.name.encode()])),
            (4, "i32", CODECS[codec]), (5, "i64", len(values)), (6, "i64", len(out)), (7, "i64", len(out)), (9, "i64", data_at)]
    return bytes(out), meta + dictionary + statistics(column, values), pages


def schema(columns):
    elements = [[(4, "binary", b"schema"), (5, "i32", len(columns))]]
    for c in columns:
        e = [(1, "i32", c.type)]
        if c.type == FIXED:
            e.append((2, "i32", c.length))
        e += [(3, "i32", int(c.optional)), (4, "binary", c.name.encode())]
        if c.logical in CONVERTED:
            e.append((6, "i32", CONVERTED[c.logical]))
        if c.logical == "decimal":
            e += [(7, "i32", c.scale), (8, "i32", c.precision)]
        if c.logical == "wall_us":  # a wall clock in microseconds, which no converted type says
            e.append((10, "struct", [(8, "struct", [(1, "bool", False), (2, "struct", [(2, "struct", [])])])]))
        if c.logical == "uuid":
            e.append((10, "struct", [(14, "struct", [])]))
        elements.append(e)
    return elements


def add_index(out, columns, found):
    """The page index behind the row groups, and where it is into the chunks: `found` has them with their pages, by row group."""
    for column_index in (True, False):
        for chunks, pages in found:
            for c, fields, p in zip(columns, chunks, pages):
                one = page_index(c, p)[0 if column_index else 1]
                fields += [(6 if column_index else 4, "i64", len(out)), (7 if column_index else 5, "i32", len(one))]
                out += one
    for chunks, _ in found:
        for fields in chunks:
            fields.sort()


def write(path, columns, version=1, codec="none", group_rows=1 << 30, page_rows=1 << 30, orders=True, index=False):
    rows = len(columns[0].values)
    out, groups, found = bytearray(b"PAR1"), [], []
    for start in range(0, rows, group_rows):
        n, chunks, pages = min(group_rows, rows - start), [], []
        for c in columns:
            data, meta, places = chunk(c, c.values[start:start + n], len(out), version, codec, c.page_rows or page_rows)
            chunks.append([(2, "i64", len(out)), (3, "struct", meta)])
            pages.append(places)
            out += data
        found.append((chunks, pages))
        groups.append([(1, "list", ("struct", chunks)), (2, "i64", 0), (3, "i64", n)])
    if index:
        add_index(out, columns, found)
    footer = [(1, "i32", 2), (2, "list", ("struct", schema(columns))), (3, "i64", rows), (4, "list", ("struct", groups)),
              (6, "binary", b"weir tests")]
    if orders:
        footer.append((7, "list", ("struct", [[(1, "struct", [])] for _ in columns])))
    meta = thrift(footer)
    out += meta + struct.pack("<I", len(meta)) + b"PAR1"
    with open(path, "wb") as f:
        f.write(out)
