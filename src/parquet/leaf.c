#include "parquet/leaf.h"

#include <math.h>
#include <stdlib.h>

void
column_data_room(struct column_data *d, const struct conversion *how, uint32_t n)
{
	if (n <= d->cap)
		return;
	free(d->v);
	free(d->texts);
	d->v = xcalloc(n, MAX(how->size, (uint8_t)8));
	d->texts = how->texts > 0 ? xmalloc((size_t)n * how->texts) : NULL;
	d->cap = n;
}

void
column_data_fini(struct column_data *d)
{
	free(d->v);
	free(d->texts);
}

void
leaf_init(struct leaf_reader *r, const struct parquet_file *f, uint32_t leaf)
{
	*r = (struct leaf_reader){.leaf = &f->leaf[leaf]};
	pages_init(&r->pages);
	slabs_init(&r->slabs, f->memory);
	slabs_init(&r->dictionary_slabs, f->memory);
	values_init(&r->values, &r->slabs);
}

void
leaf_fini(struct leaf_reader *r)
{
	pages_fini(&r->pages);
	slabs_fini(&r->slabs);
	slabs_fini(&r->dictionary_slabs);
	values_fini(&r->values);
	column_data_fini(&r->entry);
	free(r->entry_valid);
	free(r->length);
}

bool
leaf_seek(struct leaf_reader *r, const struct parquet_file *f, uint32_t group, uint32_t leaf, struct err *err)
{
	if (!pages_seek(&r->pages, f, group, leaf, err))
		return false;
	r->leaf = &f->leaf[leaf];
	r->has_dictionary = false;
	r->left = 0;
	r->started = false;
	r->body = (struct page_body){0};
	slabs_turn(&r->slabs, NULL);
	return true;
}

static bool
bad_values(struct leaf_reader *r, int32_t encoding, const char *why, bool unsupported, struct err *err)
{
	char name[24];

	return pages_bad(&r->pages, unsupported ? ERR_UNSUPPORTED : ERR_FORMAT, err, "encoded as %s: %s",
	                 pq_encoding_name(encoding, name), why);
}

/* NaN is null everywhere. */
static void
dictionary_validity(struct leaf_reader *r, uint32_t n)
{
	struct vector *d = &r->dictionary;

	free(r->entry_valid);
	r->entry_valid = xcalloc(BITMAP_WORDS(n) + 1, sizeof(*r->entry_valid));
	bits_fill(r->entry_valid, n);
	r->dictionary_nulls = false;
	d->valid = r->entry_valid;
	if (r->leaf->how->rep != REP_F64)
		return;
	for (uint32_t i = 0; i < n; i++)
		if (isnan(d->f64[i])) {
			bit_clear(d->valid, i);
			r->dictionary_nulls = true;
		}
}

static bool
read_dictionary(struct leaf_reader *r, struct err *err)
{
	const struct conversion *how = r->leaf->how;
	uint32_t n = pages_entries(&r->pages), done = 0;
	struct page_body body;
	bool unsupported;
	const char *why;

	if (!encoding_is_dictionary(pages_encoding(&r->pages)) && pages_encoding(&r->pages) != ENCODING_PLAIN)
		return bad_values(r, pages_encoding(&r->pages), "a dictionary cannot be that", false, err);
	if (r->leaf->physical == PQ_BOOLEAN)
		return pages_bad(&r->pages, ERR_FORMAT, err, "a column of booleans has a dictionary");
	if (r->has_dictionary)
		return pages_bad(&r->pages, ERR_FORMAT, err, "it is a second dictionary");
	slabs_turn(&r->dictionary_slabs, NULL);
	if (!pages_body(&r->pages, &r->dictionary_slabs, &body, err))
		return false;
	/* Each value takes bytes, so that the count is bounded by what is there. */
	if (n > body.values.n / (r->leaf->width > 0 ? r->leaf->width : 4))
		return pages_bad(&r->pages, ERR_FORMAT, err, "a dictionary of %u values has %zu bytes", n,
		                 body.values.n);
	if ((size_t)n * (how->size + (size_t)how->texts) > r->pages.f->memory)
		return pages_bad(&r->pages, ERR_LIMIT, err, "its values need more memory than is allowed");
	column_data_room(&r->entry, how, n);
	why = values_start(&r->values, r->leaf, ENCODING_PLAIN, body.values, &unsupported);
	while (why == NULL && done < n) {
		uint32_t k = MIN(n - done, (uint32_t)VECTOR_ROWS);

		if (!leaf_values(r, k, &r->entry, done, err))
			return false;
		done += k;
	}
	if (why != NULL)
		return bad_values(r, ENCODING_PLAIN, why, unsupported, err);
	r->dictionary = (struct vector){.rep = how->rep, .type = r->leaf->type, .rows = n, .i64 = r->entry.v};
	dictionary_validity(r, n);
	r->lengths.rows = 0;
	r->has_dictionary = true;
	return true;
}

bool
leaf_dictionary(struct leaf_reader *r, struct err *err)
{
	bool end;

	if (r->pages.number != UINT32_MAX)
		return true;
	if (!pages_head(&r->pages, &end, err))
		return false;
	if (end)
		return true;
	if (r->pages.head.type == PAGE_DICTIONARY)
		return read_dictionary(r, err);
	r->left = pages_entries(&r->pages);
	r->started = false;
	if (r->left == 0)
		leaf_pass(r);
	return true;
}

bool
leaf_head(struct leaf_reader *r, bool *end, struct err *err)
{
	*end = false;
	while (r->left == 0) {
		if (!pages_head(&r->pages, end, err))
			return false;
		if (*end)
			return true;
		if (r->pages.head.type == PAGE_DICTIONARY) {
			if (!read_dictionary(r, err))
				return false;
			continue;
		}
		r->started = false;
		r->left = pages_entries(&r->pages);
		if (r->left == 0)
			leaf_pass(r);
	}
	return true;
}

void
leaf_pass(struct leaf_reader *r)
{
	pages_pass(&r->pages);
	r->left = 0;
}

void
leaf_jump(struct leaf_reader *r, int64_t at, uint32_t page)
{
	r->pages.at = at;
	r->pages.number = page + r->has_dictionary - 1;
	r->left = 0;
	r->started = false;
}

bool
leaf_body(struct leaf_reader *r, struct err *err)
{
	int32_t encoding = pages_encoding(&r->pages);
	bool unsupported = false;
	const char *why;

	if (!pages_body(&r->pages, &r->slabs, &r->body, err))
		return false;
	r->started = true;
	hybrid_init(&r->definition, (const uint8_t *)r->body.definition.p, r->body.definition.n,
	            hybrid_width(r->leaf->max_def));
	hybrid_init(&r->repetition, (const uint8_t *)r->body.repetition.p, r->body.repetition.n,
	            hybrid_width(r->leaf->max_rep));
	r->coded = encoding_is_dictionary(encoding);
	if (!r->coded)
		why = values_start(&r->values, r->leaf, encoding, r->body.values, &unsupported);
	else /* a chunk of nulls may have no dictionary, and its pages still say that they are coded by one */
		why = indexes_start(&r->values, r->body.values);
	return why == NULL || bad_values(r, encoding, why, unsupported, err);
}

bool
leaf_ready(struct leaf_reader *r, struct err *err)
{
	bool end;

	if (!leaf_head(r, &end, err))
		return false;
	if (end)
		return chunk_bad(r->pages.f, r->pages.group, r->pages.leaf, ERR_FORMAT, err,
		                 "its pages hold fewer rows than the row group has");
	return r->started || leaf_body(r, err);
}

bool
leaf_values(struct leaf_reader *r, uint32_t n, struct column_data *dst, uint32_t at, struct err *err)
{
	const struct conversion *how = r->leaf->how;
	struct raw raw;
	const char *why;

	if (n == 0)
		return true;
	if (!values_next(&r->values, n, &raw))
		return bad_values(r, r->values.e->id, r->values.why, false, err);
	why = how->run(r->leaf, &raw, n, (char *)dst->v + (size_t)at * how->size,
	               dst->texts != NULL ? dst->texts + (size_t)at * how->texts : NULL);
	return why == NULL || pages_bad(&r->pages, ERR_FORMAT, err, "%s", why);
}

bool
leaf_indexes(struct leaf_reader *r, uint32_t n, uint32_t *dst, struct err *err)
{
	const char *why = "the column has no dictionary before it";

	if (n == 0)
		return true;
	if (r->has_dictionary && indexes_next(&r->values, n, r->dictionary.rows, dst))
		return true;
	return bad_values(r, pages_encoding(&r->pages), r->has_dictionary ? r->values.why : why, false, err);
}

const struct vector *
leaf_dictionary_lengths(struct leaf_reader *r)
{
	const struct vector *d = &r->dictionary;
	bool binary = r->leaf->type.kind == TYPE_BINARY;

	if (r->lengths.rows > 0)
		return &r->lengths;
	free(r->length);
	r->length = xcalloc(d->rows + 1, sizeof(*r->length));
	for (uint32_t i = 0; i < d->rows; i++)
		r->length[i] = binary ? (int64_t)d->text[i].n : sv_chars(d->text[i]);
	r->lengths = (struct vector){
		.rep = REP_LENGTH, .type = d->type, .rows = d->rows, .valid = d->valid, .i64 = r->length};
	return &r->lengths;
}

void
leaf_gather(const struct leaf_reader *r, const uint32_t *index, uint32_t n, void *dst)
{
	if (r->leaf->how->size == 8) {
		const int64_t *from = r->dictionary.i64;
		int64_t *to = dst;

		for (uint32_t i = 0; i < n; i++)
			to[i] = from[index[i]];
	} else {
		const __int128 *from = r->dictionary.i128;
		__int128 *to = dst;

		for (uint32_t i = 0; i < n; i++)
			memcpy(&to[i], &from[index[i]], sizeof(to[i]));
	}
}
