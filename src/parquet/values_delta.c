/*
 * The delta encodings.
 *
 *	DELTA_BINARY_PACKED      block size, miniblocks in a block, count, first value; blocks: least delta, a width for each miniblock, the
 *	                         deltas less the least, packed.  Miniblocks that no value needs have a width and no bytes.
 *	DELTA_LENGTH_BYTE_ARRAY  the lengths in that way, then all bytes
 *	DELTA_BYTE_ARRAY         how many bytes each value shares with the one before, then the rest of each in the way above
 *
 * Counts are what the page says they are, so nothing is allocated by them: numbers are made as they are asked for.
 */
#include "parquet/values.h"

static const char bad_head[] = "the head of its deltas is damaged",
		  bad_block[] = "a block of its deltas is damaged";

static bool
varint(const uint8_t **p, const uint8_t *end, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && *p < end; shift += 7) {
		uint8_t b = *(*p)++;

		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80) {
			*ret = v;
			return true;
		}
	}
	return false;
}

static uint64_t
unzigzag(uint64_t v)
{
	return v >> 1 ^ (0 - (v & 1));
}

static const char *
delta_init(struct delta *d, const uint8_t *p, const uint8_t *end)
{
	uint64_t block, minis, count, first;

	*d = (struct delta){.end = end};
	if (!varint(&p, end, &block) || !varint(&p, end, &minis) || !varint(&p, end, &count) ||
	    !varint(&p, end, &first))
		return bad_head;
	if (minis == 0 || block == 0 || block > INT32_MAX || minis > block || block % minis != 0 ||
	    block / minis % 8 != 0 || count > INT32_MAX)
		return bad_head;
	d->p = p;
	d->last = unzigzag(first);
	d->left = (uint32_t)count;
	d->first = count > 0;
	d->minis = d->mini = (uint32_t)minis;
	d->mini_values = (uint32_t)(block / minis);
	return NULL;
}

/* To the next miniblock, by way of the next block if need be. */
static bool
next_mini(struct delta *d)
{
	uint64_t least;
	size_t bytes;

	if (d->mini == d->minis) {
		if (!varint(&d->p, d->end, &least) || (size_t)(d->end - d->p) < d->minis)
			return false;
		d->least = unzigzag(least);
		d->width = d->p;
		d->p += d->minis;
		d->mini = 0;
	}
	d->bit_width = d->width[d->mini++];
	if (d->bit_width > 64)
		return false;
	/* The last miniblock may lack the bytes that no value needs. */
	bytes = (size_t)(((uint64_t)MIN(d->mini_values, d->left) * d->bit_width + 7) / 8);
	if ((size_t)(d->end - d->p) < bytes)
		return false;
	d->bits = d->p;
	d->bit = 0;
	d->mini_left = d->mini_values;
	d->p += MIN((size_t)(d->end - d->p), (size_t)((uint64_t)d->mini_values * d->bit_width / 8));
	return true;
}

static inline uint64_t
load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The packed number at a bit: up to 64 bits, which may lie in nine bytes. */
static inline uint64_t
packed_at(const uint8_t *bits, size_t bit, uint32_t width)
{
	const uint8_t *p = bits + (bit >> 3);
	unsigned in = (unsigned)(bit & 7);
	uint64_t v = load(p) >> in;

	if (width + in > 64)
		v |= (uint64_t)p[8] << (64 - in);
	return width == 64 ? v : v & ((UINT64_C(1) << width) - 1);
}

/* The next n numbers; dst may be NULL. */
static const char *
delta_next(struct delta *d, uint32_t n, int64_t *dst)
{
	if (n > d->left)
		return values_short;
	if (d->first && n > 0) {
		if (dst != NULL)
			*dst++ = (int64_t)d->last;
		d->first = false;
		d->left--;
		n--;
	}
	while (n > 0) {
		if (d->mini_left == 0 && !next_mini(d))
			return bad_block;

		uint32_t k = MIN(n, d->mini_left);

		if (dst != NULL) {
			for (uint32_t i = 0; i < k; i++, d->bit += d->bit_width) {
				d->last += d->least + packed_at(d->bits, d->bit, d->bit_width);
				*dst++ = (int64_t)d->last;
			}
		}
		d->mini_left -= k;
		d->left -= k;
		n -= k;
	}
	return NULL;
}

/* Where the bytes behind the numbers begin. */
static const char *
delta_end(const struct delta *from, const uint8_t **ret)
{
	struct delta d = *from;
	const char *why = delta_next(&d, d.left, NULL);

	*ret = d.p;
	return why;
}

static bool
packed_start(struct values *v)
{
	if (v->p == v->end) { /* a page of nulls */
		v->lengths = (struct delta){0};
		return true;
	}
	v->why = delta_init(&v->lengths, v->p, v->end);
	return v->why == NULL;
}

static bool
packed_next(struct values *v, uint32_t n, struct raw *ret)
{
	int64_t *to = (int64_t *)(void *)values_room(v, VECTOR_ROWS * sizeof(*to));

	v->why = delta_next(&v->lengths, n, to);
	if (v->why != NULL)
		return false;
	if (v->leaf->width == 4) {
		uint8_t *narrow = v->fixed;

		for (uint32_t i = 0; i < n; i++) {
			uint32_t low = (uint32_t)to[i];

			memcpy(narrow + 4 * (size_t)i, &low, sizeof(low));
		}
	}
	ret->p = v->fixed;
	return true;
}

static bool
lengths_start(struct values *v)
{
	if (v->p == v->end) {
		v->lengths = (struct delta){0};
		return true;
	}
	v->why = delta_init(&v->lengths, v->p, v->end);
	if (v->why == NULL)
		v->why = delta_end(&v->lengths, &v->p);
	return v->why == NULL;
}

static bool
lengths_next(struct values *v, uint32_t n, struct raw *ret)
{
	int64_t *length = (int64_t *)(void *)values_room(v, VECTOR_ROWS * sizeof(*length));

	v->why = delta_next(&v->lengths, n, length);
	if (v->why != NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (length[i] < 0 || length[i] > v->end - v->p)
			return values_fail(v, "a value goes past its end");
		v->text[i] = (struct sv){(const char *)v->p, (size_t)length[i]};
		v->p += length[i];
	}
	ret->text = v->text;
	return true;
}

static bool
bytes_start(struct values *v)
{
	v->previous = (struct sv){"", 0};
	if (v->p == v->end) {
		v->prefixes = v->lengths = (struct delta){0};
		return true;
	}
	v->why = delta_init(&v->prefixes, v->p, v->end);
	if (v->why == NULL)
		v->why = delta_end(&v->prefixes, &v->p);
	return v->why == NULL && lengths_start(v);
}

/* prefix[n] and length[n] to texts; the sum of both is bytes. */
static bool
glue(struct values *v, uint32_t n, const int64_t *prefix, const int64_t *length, size_t bytes)
{
	uint8_t *to = slabs_take(v->slabs, bytes);
	struct sv last = v->previous;

	if (to == NULL)
		return values_fail(v, "its values need more memory than is allowed");
	for (uint32_t i = 0; i < n; i++) {
		if (prefix[i] > (int64_t)last.n)
			return values_fail(v, "a value shares more bytes with the one before than that has");
		memcpy(to, last.p, (size_t)prefix[i]);
		memcpy(to + prefix[i], v->p, (size_t)length[i]);
		v->p += length[i];
		last = (struct sv){(const char *)to, (size_t)(prefix[i] + length[i])};
		v->text[i] = last;
		to += last.n;
	}
	v->previous = last;
	return true;
}

/* The value before the next lies where the slabs are about to be used again. */
static bool
keep_previous(struct values *v)
{
	size_t n = v->previous.n;

	if (n == 0)
		return true;
	if (n > v->slabs->limit)
		return values_fail(v, "a value needs more memory than is allowed");

	uint8_t *to = values_room(v, 2 * VECTOR_ROWS * sizeof(int64_t) + n);

	memcpy(to + 2 * VECTOR_ROWS * sizeof(int64_t), v->previous.p, n);
	v->previous.p = (const char *)to + 2 * VECTOR_ROWS * sizeof(int64_t);
	return true;
}

static bool
bytes_next(struct values *v, uint32_t n, struct raw *ret)
{
	size_t room = 2 * VECTOR_ROWS * sizeof(int64_t) + v->previous.n, bytes = 0, suffixes = 0;
	int64_t *prefix = (int64_t *)(void *)v->fixed;

	if (room > v->fixed_bytes || v->fixed == NULL)
		prefix = (int64_t *)(void *)values_room(v, room);

	int64_t *length = prefix + VECTOR_ROWS;

	v->why = delta_next(&v->prefixes, n, prefix);
	if (v->why == NULL)
		v->why = delta_next(&v->lengths, n, length);
	if (v->why != NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (prefix[i] < 0 || length[i] < 0 || length[i] > v->end - v->p - (int64_t)suffixes)
			return values_fail(v, "a value goes past its end");
		suffixes += (size_t)length[i];
		if (__builtin_add_overflow(bytes, (size_t)prefix[i] + (size_t)length[i], &bytes))
			return values_fail(v, "its values need more memory than is allowed");
	}
	if (!glue(v, n, prefix, length, bytes) || !keep_previous(v))
		return false;
	ret->text = v->text;
	return true;
}

/* Values of a fixed size in the end: checked, and put together. */
static bool
fixed_next(struct values *v, uint32_t n, struct raw *ret)
{
	uint32_t width = v->leaf->width;

	if (!bytes_next(v, n, ret) || v->leaf->physical == PQ_BYTE_ARRAY)
		return v->why == NULL;
	for (uint32_t i = 0; i < n; i++)
		if (v->text[i].n != width)
			return values_fail(v, "a value does not have the size of its type");
	/* They lie behind each other. */
	*ret = (struct raw){.p = (const uint8_t *)v->text[0].p};
	return true;
}

const struct encoding encoding_delta_packed = {ENCODING_DELTA_BINARY_PACKED, "DELTA_BINARY_PACKED",
                                               1u << PQ_INT32 | 1u << PQ_INT64, packed_start, packed_next};
const struct encoding encoding_delta_length = {ENCODING_DELTA_LENGTH_BYTE_ARRAY, "DELTA_LENGTH_BYTE_ARRAY",
                                               1u << PQ_BYTE_ARRAY, lengths_start, lengths_next};
const struct encoding encoding_delta_bytes = {ENCODING_DELTA_BYTE_ARRAY, "DELTA_BYTE_ARRAY",
                                              1u << PQ_BYTE_ARRAY | 1u << PQ_FIXED, bytes_start, fixed_next};
