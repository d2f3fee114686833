/*
 * Pages under a sound footer.  The first bytes choose the column's type, whether it is optional or a list, and the codec; the rest are its
 * pages.
 */
#include "parquet_check.h"

struct out {
	uint8_t p[512];
	size_t n;
};

static void
byte(struct out *o, unsigned b)
{
	o->p[o->n++] = (uint8_t)b;
}

static void
number(struct out *o, int64_t v)
{
	uint64_t z = (uint64_t)v << 1 ^ (uint64_t)(v >> 63);

	for (; z >= 0x80; z >>= 7)
		byte(o, (unsigned)(z & 0x7f) | 0x80);
	byte(o, (unsigned)z);
}

/* A field of Thrift's compact protocol whose id is `step` more than the last one's. */
static void
field(struct out *o, unsigned step, unsigned type)
{
	byte(o, step << 4 | type);
}

static void
integer(struct out *o, unsigned step, unsigned type, int64_t v)
{
	field(o, step, type);
	number(o, v);
}

static void
text(struct out *o, unsigned step, const char *s)
{
	field(o, step, 8);
	byte(o, (unsigned)strlen(s));
	for (; *s != '\0'; s++)
		byte(o, (unsigned char)*s);
}

enum { I32 = 5, I64 = 6, LIST = 9, STRUCT = 12 };

static void
element(struct out *o, int type, int repetition, const char *name, int kids)
{
	if (type >= 0) {
		integer(o, 1, I32, type);
		integer(o, 1, I32, 5); /* bytes of FIXED */
	}
	integer(o, type >= 0 ? 1 : 3, I32, repetition);
	text(o, 1, name);
	if (kids > 0)
		integer(o, 1, I32, kids);
	byte(o, 0);
}

/* The metadata of a file of one chunk with `n` bytes of pages. */
static void
footer(struct out *o, const uint8_t *choice, size_t n, int64_t rows)
{
	int type = choice[0] % 8, repetition = choice[1] % 3, codec = choice[2] % 8;

	integer(o, 1, I32, 1);
	field(o, 1, LIST);
	byte(o, 2 << 4 | STRUCT);
	element(o, -1, 0, "r", 1);
	element(o, type, repetition, "a", 0);
	integer(o, 1, I64, rows);
	field(o, 1, LIST);
	byte(o, 1 << 4 | STRUCT);
	field(o, 1, LIST);
	byte(o, 1 << 4 | STRUCT);
	field(o, 3, STRUCT);
	integer(o, 1, I32, type);
	integer(o, 3, I32, codec);
	integer(o, 1, I64, repetition == 2 ? rows + choice[3] : rows);
	integer(o, 2, I64, (int64_t)n);
	integer(o, 2, I64, 4);
	byte(o, 0);
	byte(o, 0);
	integer(o, 2, I64, rows);
	byte(o, 0);
	byte(o, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	struct out o = {.n = 0};
	uint32_t size;
	char *file;

	if (n < 6 || n > 1 << 16)
		return 0;
	footer(&o, data, n - 5, data[4]);
	size = (uint32_t)o.n;
	n -= 5;
	file = arena_alloc(a, n + o.n + 12);
	memcpy(file, "PAR1", 4);
	memcpy(file + 4, data + 5, n);
	memcpy(file + 4 + n, o.p, o.n);
	memcpy(file + 4 + n + o.n, &size, 4);
	memcpy(file + 8 + n + o.n, "PAR1", 4);
	parquet_check(file, n + o.n + 12);
	return 0;
}
