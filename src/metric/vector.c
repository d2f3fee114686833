/* Vectors and bitmaps: what is not hot enough to be in the header. */
#include "metric/vector.h"

#include <assert.h>

void
bits_fill(uint64_t *bits, uint32_t rows)
{
	memset(bits, 0xff, rows / 64 * sizeof(*bits));
	if (rows % 64 != 0)
		bits[rows / 64] = (UINT64_C(1) << (rows % 64)) - 1;
}

int64_t
bits_count(const uint64_t *bits, uint32_t rows)
{
	int64_t n = 0;

	for (size_t w = 0; w < BITMAP_WORDS(rows); w++)
		n += __builtin_popcountll(bits[w]);
	return n;
}

static struct value
scaled_value(const struct vector *v, __int128 i)
{
	switch (v->type.kind) {
	case TYPE_DECIMAL:
		return (struct value){.kind = VALUE_DECIMAL, .d = {.coeff = i, .scale = v->type.scale}};
	case TYPE_DATE:
		return (struct value){.kind = VALUE_DATE, .i = (int64_t)i};
	case TYPE_TIMESTAMP:
		return (struct value){.kind = VALUE_TIME, .i = (int64_t)i};
	case TYPE_TIMESTAMPTZ:
		return (struct value){.kind = VALUE_TIMETZ, .i = (int64_t)i};
	default:
		return value_int((int64_t)i);
	}
}

struct value
vector_value(const struct vector *v, uint32_t i)
{
	assert(v->rep != REP_PRESENCE);
	if (!bit_get(v->valid, i))
		return VALUE_NONE;
	if (v->dict != NULL)
		return vector_value(v->dict, v->index[i]);
	switch (v->rep) {
	case REP_BITS:
		return value_bool(bit_get(v->bits, i));
	case REP_I64:
		return scaled_value(v, v->i64[i]);
	case REP_I128:
		return scaled_value(v, v->i128[i]);
	case REP_F64:
		return (struct value){.kind = VALUE_REAL, .r = v->f64[i]};
	case REP_TEXT:
		return (struct value){.kind = v->type.kind == TYPE_BINARY ? VALUE_BINARY : VALUE_TEXT,
		                      .s = v->text[i]};
	case REP_LENGTH:
		return value_int(v->i64[i]);
	case REP_VALUE:
		return v->value[i];
	case REP_PRESENCE:
		break;
	}
	return VALUE_NONE;
}

struct value
vector_shown(const struct vector *v, uint32_t i)
{
	if (v == NULL)
		return VALUE_NONE;
	if (v->dict != NULL && bit_get(v->valid, i))
		return vector_shown(v->dict, v->index[i]);
	if (v->error != NULL && bit_get(v->error, i) && v->raw != NULL)
		return value_text(v->raw[i]);
	return vector_value(v, i);
}

size_t
rep_size(enum rep rep)
{
	switch (rep) {
	case REP_I64:
	case REP_LENGTH:
		return sizeof(int64_t);
	case REP_I128:
		return sizeof(__int128);
	case REP_F64:
		return sizeof(double);
	case REP_TEXT:
		return sizeof(struct sv);
	case REP_VALUE:
		return sizeof(struct value);
	case REP_BITS:
	case REP_PRESENCE:
		break;
	}
	return 0;
}
