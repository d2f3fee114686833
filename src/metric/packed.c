#include "metric/packed.h"

#include <math.h>

/* Lists in lists: JSON is refused beyond that, too. */
enum { DEPTH_MAX = 128 };

void
pack_u64(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_putc(b, (char)(v | 0x80));
	buf_putc(b, (char)v);
}

void
pack_i64(struct buf *b, int64_t v)
{
	pack_u64(b, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

void
pack_i128(struct buf *b, __int128 v)
{
	pack_word(b, (uint64_t)v);
	pack_i64(b, (int64_t)(v >> 64));
}

void
pack_bool(struct buf *b, bool v)
{
	buf_putc(b, v);
}

void
pack_word(struct buf *b, uint64_t v)
{
	char byte[8];

	for (int i = 0; i < 8; i++)
		byte[i] = (char)(v >> (8 * i));
	buf_add(b, (struct sv){byte, sizeof(byte)});
}

void
pack_sv(struct buf *b, struct sv v)
{
	pack_u64(b, v.n);
	buf_add(b, v);
}

void
pack_value(struct buf *b, struct value v)
{
	uint64_t bits;

	buf_putc(b, (char)v.kind);
	switch (v.kind) {
	case VALUE_NULL:
		break;
	case VALUE_BOOL:
		pack_bool(b, v.b);
		break;
	case VALUE_INT:
	case VALUE_DATE:
	case VALUE_TIME:
	case VALUE_TIMETZ:
		pack_i64(b, v.i);
		break;
	case VALUE_REAL:
		memcpy(&bits, &v.r, sizeof(bits));
		pack_word(b, bits);
		break;
	case VALUE_DECIMAL:
		buf_putc(b, (char)v.d.scale);
		pack_i128(b, v.d.coeff);
		break;
	case VALUE_TEXT:
	case VALUE_BINARY:
		pack_sv(b, v.s);
		break;
	case VALUE_LIST:
	case VALUE_OBJECT:
		pack_u64(b, v.n);
		for (uint32_t i = 0; i < (v.kind == VALUE_OBJECT ? 2 * v.n : v.n); i++)
			pack_value(b, v.list[i]);
		break;
	}
}

struct unpack
unpack_of(struct sv bytes)
{
	const uint8_t *p = (const uint8_t *)(bytes.p != NULL ? bytes.p : "");

	return (struct unpack){.p = p, .end = p + bytes.n};
}

/* Nothing more can be read, so that loops over what follows end. */
void
unpack_spoil(struct unpack *u)
{
	u->bad = true;
	u->p = u->end;
}

static size_t
left(const struct unpack *u)
{
	return (size_t)(u->end - u->p);
}

static uint8_t
byte(struct unpack *u)
{
	if (left(u) == 0) {
		unpack_spoil(u);
		return 0;
	}
	return *u->p++;
}

uint64_t
unpack_u64(struct unpack *u)
{
	uint64_t v = 0;

	for (int shift = 0; shift < 64; shift += 7) {
		uint8_t next = byte(u);

		/* One number has one form: the tenth byte holds one bit, and the last is not 0 unless it is the only one. */
		if ((shift == 63 && next > 1) || (shift > 0 && next == 0))
			break;
		v |= (uint64_t)(next & 0x7f) << shift;
		if (next < 0x80)
			return v;
	}
	unpack_spoil(u);
	return 0;
}

int64_t
unpack_i64(struct unpack *u)
{
	uint64_t v = unpack_u64(u);

	return (int64_t)(v >> 1 ^ -(v & 1));
}

__int128
unpack_i128(struct unpack *u)
{
	uint64_t low = unpack_word(u);
	int64_t high = unpack_i64(u);

	return (__int128)((unsigned __int128)(uint64_t)high << 64 | low);
}

bool
unpack_bool(struct unpack *u)
{
	uint8_t v = byte(u);

	if (v > 1)
		unpack_spoil(u);
	return v == 1;
}

uint64_t
unpack_word(struct unpack *u)
{
	uint64_t v = 0;

	if (left(u) < 8) {
		unpack_spoil(u);
		return 0;
	}
	for (int i = 0; i < 8; i++)
		v |= (uint64_t)*u->p++ << (8 * i);
	return v;
}

uint64_t
unpack_most(struct unpack *u, uint64_t max)
{
	uint64_t v = unpack_u64(u);

	if (v <= max)
		return v;
	unpack_spoil(u);
	return 0;
}

int64_t
unpack_count(struct unpack *u)
{
	return (int64_t)unpack_most(u, PACKED_COUNT_MAX);
}

size_t
unpack_number(struct unpack *u, size_t size)
{
	uint64_t n = unpack_u64(u);

	if (n <= left(u) / size)
		return (size_t)n;
	unpack_spoil(u);
	return 0;
}

struct sv
unpack_sv(struct unpack *u)
{
	size_t n = unpack_number(u, 1);
	struct sv v = {(const char *)u->p, n};

	u->p += n;
	return v;
}

static struct value unpack_nested(struct unpack *u, struct arena *a, int depth);

static struct value
unpack_list(struct unpack *u, struct arena *a, enum value_kind kind, int depth)
{
	size_t each = kind == VALUE_OBJECT ? 2 : 1, n = unpack_number(u, each);
	struct value *list;

	/* A list takes many times the memory of its bytes: nulls are a byte each. */
	if (depth == DEPTH_MAX || n > UINT32_MAX / 2) {
		unpack_spoil(u);
		return VALUE_NONE;
	}
	list = ARENA_ARRAY(a, struct value, n * each);
	for (size_t i = 0; i < n * each; i++) {
		list[i] = unpack_nested(u, a, depth + 1);
		if (kind == VALUE_OBJECT && i % 2 == 0 && list[i].kind != VALUE_TEXT)
			unpack_spoil(u);
	}
	return (struct value){.kind = kind, .n = (uint32_t)n, .list = list};
}

static struct value
unpack_real(struct unpack *u)
{
	uint64_t bits = unpack_word(u);
	double r;

	memcpy(&r, &bits, sizeof(r));
	if (isnan(r))
		unpack_spoil(u);
	return value_real(r);
}

static struct value
unpack_decimal(struct unpack *u)
{
	static const uint64_t e19 = UINT64_C(10000000000000000000);
	const __int128 end = (__int128)e19 * e19;
	struct decimal d = {.scale = byte(u)};

	d.coeff = unpack_i128(u);
	if (d.scale > 38 || d.coeff >= end || d.coeff <= -end) {
		unpack_spoil(u);
		return VALUE_NONE;
	}
	return (struct value){.kind = VALUE_DECIMAL, .d = d};
}

/* Parquet has no others. */
static struct value
unpack_date(struct unpack *u)
{
	struct value v = {.kind = VALUE_DATE, .i = unpack_i64(u)};

	if (v.i > INT32_MAX || v.i < INT32_MIN)
		unpack_spoil(u);
	return v;
}

static struct value
unpack_nested(struct unpack *u, struct arena *a, int depth)
{
	uint8_t kind = byte(u);

	switch (kind) {
	case VALUE_NULL:
		return VALUE_NONE;
	case VALUE_BOOL:
		return value_bool(unpack_bool(u));
	case VALUE_DATE:
		return unpack_date(u);
	case VALUE_INT:
	case VALUE_TIME:
	case VALUE_TIMETZ:
		return (struct value){.kind = (enum value_kind)kind, .i = unpack_i64(u)};
	case VALUE_REAL:
		return unpack_real(u);
	case VALUE_DECIMAL:
		return unpack_decimal(u);
	case VALUE_TEXT:
	case VALUE_BINARY:
		return (struct value){.kind = (enum value_kind)kind, .s = unpack_sv(u)};
	case VALUE_LIST:
	case VALUE_OBJECT:
		return unpack_list(u, a, (enum value_kind)kind, depth);
	default:
		unpack_spoil(u);
		return VALUE_NONE;
	}
}

struct value
unpack_value(struct unpack *u, struct arena *a)
{
	struct value v = unpack_nested(u, a, 0);

	return u->bad ? VALUE_NONE : v;
}

struct value
unpack_scalar(struct unpack *u)
{
	if (u->p < u->end && (*u->p == VALUE_LIST || *u->p == VALUE_OBJECT))
		unpack_spoil(u);
	return unpack_nested(u, NULL, 0);
}

bool
unpack_end(const struct unpack *u)
{
	return !u->bad && u->p == u->end;
}
