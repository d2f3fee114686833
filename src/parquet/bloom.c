/*
 * Can a value be in a chunk?  By the bounds first, then by the split block Bloom filter of the format:
 *
 *	header  blocks of 8 words of 32 bits; a hash picks a block, and a bit in each of its words
 *
 * The filter is of the values as they are stored, so a value is brought into that form first; where there is doubt about the form,
 * the answer is yes.
 */
#include <inttypes.h>

#include "base/hash.h"
#include "parquet/conversion.h"

enum { BLOOM_HEAD = 64, BLOCK = 32, WORDS = 8 };

static bool
outside(const struct parquet_stats *s, struct value v)
{
	int order;

	if (s->has_min && value_compare(v, s->min, NULL, &order) && order < 0)
		return true;
	return s->has_max && value_compare(v, s->max, NULL, &order) && order > 0;
}

/* The bytes of a whole number; false if the type is of another kind. */
static bool
number_bytes(const struct leaf *l, int64_t i, uint8_t dst[8], size_t *n)
{
	if (l->physical == PQ_INT32 && i >= INT32_MIN &&
	    i <= (l->type.kind == TYPE_INTEGER ? UINT32_MAX : INT32_MAX)) {
		uint32_t low = (uint32_t)i;

		memcpy(dst, &low, *n = sizeof(low));
		return true;
	}
	if (l->physical != PQ_INT64)
		return false;
	memcpy(dst, &i, *n = sizeof(i));
	return true;
}

/* How the value is stored in the column; false if there could be several ways, or none that is known. */
static bool
stored_form(const struct leaf *l, struct value v, uint8_t dst[8], struct sv *ret)
{
	struct decimal d;
	size_t n = 0;
	float f;

	*ret = (struct sv){(const char *)dst, 0};
	if (v.kind == VALUE_TEXT && l->type.kind == TYPE_STRING && l->how->as_stored) {
		*ret = v.s;
		return true;
	}
	if (v.kind == VALUE_BINARY && l->type.kind == TYPE_BINARY) {
		*ret = v.s;
		return true;
	}
	if ((v.kind == VALUE_INT && l->type.kind == TYPE_INTEGER) ||
	    (v.kind == VALUE_DATE && l->type.kind == TYPE_DATE) ||
	    (v.kind == VALUE_TIME && l->type.kind == TYPE_TIMESTAMP && l->how->as_stored) ||
	    (v.kind == VALUE_TIMETZ && l->type.kind == TYPE_TIMESTAMPTZ && l->how->as_stored)) {
		if (!number_bytes(l, v.i, dst, &n))
			return false;
	} else if (v.kind == VALUE_DECIMAL && l->type.kind == TYPE_DECIMAL && l->how->trust == BOUNDS_PLAIN) {
		if (!decimal_rescale(v.d, l->type.scale, &d) || d.coeff != (int64_t)d.coeff ||
		    !number_bytes(l, (int64_t)d.coeff, dst, &n))
			return false;
	} else if (v.kind == VALUE_REAL && v.r != 0 && l->physical == PQ_DOUBLE) {
		memcpy(dst, &v.r, n = sizeof(v.r));
	} else if (v.kind == VALUE_REAL && v.r != 0 && l->physical == PQ_FLOAT) {
		f = (float)v.r;
		if ((double)f != v.r)
			return false;
		memcpy(dst, &f, n = sizeof(f));
	}
	ret->n = n;
	return n > 0;
}

static bool
bloom_bad(const struct parquet_file *f, uint32_t group, uint32_t leaf, int64_t at, const char *why,
          struct err *err)
{
	return chunk_bad(f, group, leaf, ERR_FORMAT, err,
	                 "its bloom filter at byte %" PRId64 " is damaged: %s", at, why);
}

/* The header; *blocks = 0 for a filter of a kind that is not known. */
static bool
read_head(const struct parquet_file *f, uint32_t group, uint32_t leaf, int64_t at, int64_t *start,
          uint32_t *blocks, struct err *err)
{
	char head[BLOOM_HEAD];
	struct pq_bloom b = {0};
	size_t n = (size_t)MIN((int64_t)sizeof(head), f->footer_at - at);
	struct thrift_source in = {.bytes = {head, n}};

	if (!input_read(f->in, at, head, n, &in.bytes.n, err))
		return false;
	if (!thrift_read(&in, NULL, &pq_bloom_table, &b))
		return bloom_bad(f, group, leaf, at, in.why, err);
	*blocks = 0;
	*start = at + (int64_t)in.at;
	if (!thrift_has(b.algorithm.has, 1) || !thrift_has(b.hash.has, 1) ||
	    !thrift_has(b.compression.has, 1))
		return true;
	if (b.bytes <= 0 || b.bytes % BLOCK != 0 || b.bytes > f->footer_at - *start)
		return bloom_bad(f, group, leaf, at, "its size makes no sense", err);
	*blocks = (uint32_t)b.bytes / BLOCK;
	return true;
}

static bool
in_block(const uint8_t *block, uint32_t hash)
{
	static const uint32_t salt[WORDS] = {
		0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
		0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31,
	};

	for (size_t i = 0; i < WORDS; i++) {
		uint32_t word;

		memcpy(&word, block + 4 * i, sizeof(word));
		if ((word >> (hash * salt[i] >> 27) & 1) == 0)
			return false;
	}
	return true;
}

bool
parquet_may_hold(const struct parquet_file *f, uint32_t group, uint32_t column, struct value v, bool *ret,
                 struct err *err)
{
	const struct node *node = f->node[column];
	struct parquet_stats s;
	uint8_t form[8], block[BLOCK];
	struct sv bytes;
	int64_t start = 0;
	uint32_t blocks = 0;
	size_t got;

	*ret = true;
	if (v.kind == VALUE_NULL || node->kind != NODE_LEAF)
		return true;
	parquet_stats(f, group, column, &s);
	if (outside(&s, v)) {
		*ret = false;
		return true;
	}

	const struct pq_chunk *c = file_chunk(f, group, node->leaf);
	int64_t at = c->meta.bloom_at;

	if (thrift_has(c->has, 8) || !thrift_has(c->meta.has, 14) || at < 4 || at >= f->footer_at ||
	    !stored_form(&f->leaf[node->leaf], v, form, &bytes))
		return true;
	if (!read_head(f, group, node->leaf, at, &start, &blocks, err))
		return false;
	if (blocks == 0)
		return true;

	uint64_t hash = hash_xxh64(bytes);
	int64_t where = start + (int64_t)(((hash >> 32) * blocks) >> 32) * BLOCK;

	if (!input_read(f->in, where, (char *)block, BLOCK, &got, err))
		return false;
	if (got != BLOCK)
		return bloom_bad(f, group, node->leaf, at, "the file ends in it", err);
	*ret = in_block(block, (uint32_t)hash);
	return true;
}
