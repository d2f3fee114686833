/* BYTE_STREAM_SPLIT: the first bytes of all values, then the second bytes of all, and so on. */
#include "parquet/values.h"

static bool
split_start(struct values *v)
{
	if ((size_t)(v->end - v->start) % v->leaf->width != 0)
		return values_fail(v, "its bytes are no whole number of values");
	return true;
}

static bool
split_next(struct values *v, uint32_t n, struct raw *ret)
{
	size_t width = v->leaf->width, count = (size_t)(v->end - v->start) / width;
	uint8_t *to;

	if (n > count - v->given)
		return values_fail(v, values_short);
	/* Values of any length are viewed where they lie, so they need to stay. */
	to = v->leaf->physical == PQ_FIXED ? slabs_take(v->slabs, n * width) : values_room(v, n * width);
	if (to == NULL)
		return values_fail(v, "its values need more memory than is allowed");
	for (size_t k = 0; k < width; k++) {
		const uint8_t *from = v->start + k * count + v->given;

		for (size_t i = 0; i < n; i++)
			to[i * width + k] = from[i];
	}
	ret->p = to;
	return true;
}

const struct encoding encoding_stream_split = {ENCODING_BYTE_STREAM_SPLIT, "BYTE_STREAM_SPLIT",
                                               1u << PQ_FLOAT | 1u << PQ_DOUBLE | 1u << PQ_INT32 |
                                                       1u << PQ_INT64 | 1u << PQ_FIXED,
                                               split_start, split_next};
