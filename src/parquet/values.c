#include "parquet/values.h"

#include <stdlib.h>

const char values_short[] = "it has fewer values than it says";

bool
values_fail(struct values *v, const char *why)
{
	v->why = why;
	return false;
}

uint8_t *
values_room(struct values *v, size_t bytes)
{
	if (bytes > v->fixed_bytes) {
		free(v->fixed);
		v->fixed = xmalloc(bytes);
		v->fixed_bytes = bytes;
	}
	return v->fixed;
}

void
values_init(struct values *v, struct slabs *s)
{
	*v = (struct values){.slabs = s};
	v->text = xcalloc(VECTOR_ROWS, sizeof(*v->text));
	v->number = xcalloc(VECTOR_ROWS, sizeof(*v->number));
}

void
values_fini(struct values *v)
{
	free(v->fixed);
	free(v->text);
	free(v->number);
}

static bool
plain_start(struct values *v)
{
	(void)v;
	return true;
}

/* Bits, least significant first, as bytes. */
static bool
plain_booleans(struct values *v, uint32_t n, struct raw *ret)
{
	uint8_t *to = values_room(v, VECTOR_ROWS);

	if (v->bit + n > (size_t)(v->end - v->start) * 8)
		return values_fail(v, values_short);
	for (uint32_t i = 0; i < n; i++, v->bit++)
		to[i] = v->start[v->bit / 8] >> (v->bit % 8) & 1;
	ret->p = to;
	return true;
}

static bool
plain_texts(struct values *v, uint32_t n, struct raw *ret)
{
	const uint8_t *p = v->p;
	uint32_t len;

	for (uint32_t i = 0; i < n; i++) {
		if (UNLIKELY(v->end - p < 4))
			return values_fail(v, values_short);
		memcpy(&len, p, sizeof(len));
		p += 4;
		if (UNLIKELY((size_t)(v->end - p) < len))
			return values_fail(v, "a value goes past its end");
		v->text[i] = (struct sv){(const char *)p, len};
		p += len;
	}
	v->p = p;
	ret->text = v->text;
	return true;
}

/* Values of a fixed size are taken as they lie there. */
static bool
plain_next(struct values *v, uint32_t n, struct raw *ret)
{
	size_t bytes = (size_t)n * v->leaf->width;

	if (v->leaf->physical == PQ_BOOLEAN)
		return plain_booleans(v, n, ret);
	if (v->leaf->physical == PQ_BYTE_ARRAY)
		return plain_texts(v, n, ret);
	if ((size_t)(v->end - v->p) < bytes)
		return values_fail(v, values_short);
	ret->p = v->p;
	v->p += bytes;
	return true;
}

/* Booleans: runs of one bit behind their length, in both versions of pages. */
static bool
rle_start(struct values *v)
{
	uint32_t n;

	/* A page of nulls may have nothing at all. */
	if (v->p == v->end) {
		hybrid_init(&v->runs, v->p, 0, 1);
		return true;
	}
	if (v->end - v->p < 4)
		return values_fail(v, values_short);
	memcpy(&n, v->p, sizeof(n));
	if (n > (size_t)(v->end - v->p) - 4)
		return values_fail(v, "its runs go past its end");
	hybrid_init(&v->runs, v->p + 4, n, 1);
	return true;
}

static bool
rle_next(struct values *v, uint32_t n, struct raw *ret)
{
	uint8_t *to = values_room(v, VECTOR_ROWS);

	if (!hybrid_read_bytes(&v->runs, n, to))
		return values_fail(v, values_short);
	for (uint32_t i = 0; i < n; i++)
		to[i] &= 1;
	ret->p = to;
	return true;
}

static const struct encoding plain = {ENCODING_PLAIN, "PLAIN", ~0u, plain_start, plain_next};
static const struct encoding rle = {ENCODING_RLE, "RLE", 1u << PQ_BOOLEAN, rle_start, rle_next};

static const struct encoding *const encodings[] = {
	&plain,
	&rle,
	&encoding_delta_packed,
	&encoding_delta_length,
	&encoding_delta_bytes,
	&encoding_stream_split,
};

bool
encoding_is_dictionary(int32_t encoding)
{
	return encoding == ENCODING_PLAIN_DICTIONARY || encoding == ENCODING_RLE_DICTIONARY;
}

const char *
values_start(struct values *v, const struct leaf *l, int32_t encoding, struct sv bytes, bool *unsupported)
{
	*unsupported = true;
	v->leaf = l;
	v->start = v->p = (const uint8_t *)bytes.p;
	v->end = v->p + bytes.n;
	v->bit = 0;
	v->given = 0;
	for (size_t i = 0; i < LEN(encodings); i++) {
		if (encodings[i]->id != encoding)
			continue;
		v->e = encodings[i];
		if ((v->e->physical >> l->physical & 1) == 0)
			return "which its type cannot have";
		*unsupported = false;
		return v->e->start(v) ? NULL : v->why;
	}
	return "which is not known";
}

bool
values_next(struct values *v, uint32_t n, struct raw *ret)
{
	*ret = (struct raw){0};
	if (n == 0)
		return true;
	if (!v->e->next(v, n, ret))
		return false;
	v->given += n;
	return true;
}

const char *
indexes_start(struct values *v, struct sv bytes)
{
	/* A page of nulls may have nothing at all. */
	uint32_t width = bytes.n > 0 ? (uint8_t)bytes.p[0] : 0;

	if (width > 32)
		return "its indices have more than 32 bits";
	bytes = sv_skip(bytes, 1);
	hybrid_init(&v->runs, (const uint8_t *)bytes.p, bytes.n, width);
	return NULL;
}

bool
indexes_next(struct values *v, uint32_t n, uint32_t entries, uint32_t *dst)
{
	uint32_t most = 0;

	if (n == 0)
		return true;
	if (!hybrid_read(&v->runs, n, dst))
		return values_fail(v, values_short);
	for (uint32_t i = 0; i < n; i++)
		most = MAX(most, dst[i]);
	return most < entries || values_fail(v, "an index lies outside the dictionary");
}
