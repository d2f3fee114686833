/*
 * Vectors from pages.  A vector takes as many pages as it needs; values are made densely, without the nulls, and then spread to their rows.
 * As long as all of them are coded by the dictionary, only indices are handed out.
 */
#include "parquet/reader.h"

#include <math.h>
#include <stdlib.h>

struct parquet_reader *
parquet_reader_new(const struct parquet_file *f, uint32_t column, unsigned need)
{
	struct parquet_reader *r = xcalloc(1, sizeof(*r));

	r->column = column;
	r->need = need;
	r->f = f;
	r->simd = simd_level();
	r->node = f->node[column];
	if (r->node->kind == NODE_LEAF)
		leaf_init(&r->leaf, f, r->node->leaf);
	else
		r->nested = nested_new(f, r->node, need != NEED_PRESENCE);
	return r;
}

void
parquet_reader_free(struct parquet_reader *r)
{
	if (r == NULL)
		return;
	if (r->nested != NULL)
		nested_free(r->nested);
	else
		leaf_fini(&r->leaf);
	column_data_fini(&r->data);
	page_index_fini(&r->page_index);
	free(r);
}

bool
parquet_reader_seek(struct parquet_reader *r, const struct parquet_file *f, uint32_t group, struct err *err)
{
	r->f = f;
	r->group = group;
	r->node = f->node[r->column];
	r->left = 0;
	page_index_clear(&r->page_index);
	if (r->nested != NULL ? !nested_seek(r->nested, f, r->node, group, err)
	                      : !leaf_seek(&r->leaf, f, group, r->node->leaf, err))
		return false;
	r->left = parquet_group_rows(f, group);
	return true;
}

int64_t
parquet_reader_bytes(const struct parquet_reader *r)
{
	return r->nested != NULL ? nested_bytes(r->nested) : r->leaf.pages.bytes;
}

/*
 * Do the data pages' own headers say that all are coded by the dictionary?  Walks over them, from where the dictionary ends if that was all that
 * was read; the reader is where it was afterwards.
 */
static bool
walk_encodings(struct parquet_reader *r, bool *all, struct err *err)
{
	struct pages p;
	bool end, ok;

	pages_init(&p);
	p.heads = true;
	*all = true;
	ok = pages_seek(&p, r->f, r->group, r->node->leaf, err);
	if (ok && r->leaf.left == 0 && r->left == parquet_group_rows(r->f, r->group))
		pages_follow(&p, &r->leaf.pages);
	while (ok && *all) {
		ok = pages_head(&p, &end, err);
		if (!ok || end)
			break;
		*all = p.head.type == PAGE_DICTIONARY || encoding_is_dictionary(pages_encoding(&p));
		pages_pass(&p);
	}
	r->leaf.pages.bytes += p.bytes;
	pages_fini(&p);
	return ok;
}

/* What the footer says: -1 nothing, 0 some are not coded by the dictionary, 1 all are. */
static int
footer_encodings(const struct pq_column *c)
{
	const struct pq_encoding_stats *s = c->encoding_stats.v;
	int64_t coded = 0;

	if (!thrift_has(c->has, 13) || c->encoding_stats.n == 0)
		return -1;
	for (uint32_t i = 0; i < c->encoding_stats.n; i++) {
		if (s[i].page_type == PAGE_DICTIONARY || s[i].count <= 0)
			continue;
		if (!encoding_is_dictionary(s[i].encoding))
			return 0;
		coded += s[i].count;
	}
	return coded > 0 ? 1 : -1;
}

static bool
all_coded(struct parquet_reader *r, bool *ret, struct err *err)
{
	int said = footer_encodings(&file_chunk(r->f, r->group, r->node->leaf)->meta);

	*ret = said == 1;
	return said >= 0 || walk_encodings(r, ret, err);
}

static bool
is_text(const struct parquet_reader *r)
{
	return r->leaf.leaf->type.kind == TYPE_STRING || r->leaf.leaf->type.kind == TYPE_BINARY;
}

/* The dictionary as it is needed: lengths of texts are made when they are first asked for. */
static const struct vector *
dictionary_for(struct parquet_reader *r)
{
	return is_text(r) && (r->need & (NEED_TEXT | NEED_VALUE)) == 0 ? leaf_dictionary_lengths(&r->leaf)
	                                                               : &r->leaf.dictionary;
}

bool
parquet_reader_dictionary(struct parquet_reader *r, const struct vector **ret, struct err *err)
{
	bool all = false;

	*ret = NULL;
	if (r->nested != NULL || r->left == 0 || r->leaf.leaf->how->rep == REP_VALUE)
		return true;
	if (!leaf_dictionary(&r->leaf, err))
		return false;
	if (!r->leaf.has_dictionary)
		return true;
	if (!all_coded(r, &all, err))
		return false;
	if (all)
		*ret = dictionary_for(r);
	return true;
}

/* Do presence and levels tell all there is to tell? */
static bool
needs_values(const struct parquet_reader *r)
{
	return r->need != NEED_PRESENCE || r->leaf.leaf->how->rep == REP_F64;
}

/* Is there no need to look into the page at all? */
static bool
all_present(const struct parquet_reader *r)
{
	return r->leaf.leaf->max_def == 0;
}

/* k values of the page, the dense ones from number `at` on. */
static bool
read_values(struct parquet_reader *r, uint32_t at, uint32_t k, struct err *err)
{
	const struct conversion *how = r->leaf.leaf->how;
	char *to = (char *)r->data.v + (size_t)at * how->size;

	if (at == 0)
		r->coded = r->leaf.coded;
	if (r->leaf.coded && r->coded)
		return leaf_indexes(&r->leaf, k, r->index + at, err);
	if (r->coded) {
		/* The pages before were coded, this one is not. */
		leaf_gather(&r->leaf, r->index, at, r->data.v);
		r->coded = false;
	}
	if (!r->leaf.coded)
		return leaf_values(&r->leaf, k, &r->data, at, err);
	if (!leaf_indexes(&r->leaf, k, r->index, err))
		return false;
	leaf_gather(&r->leaf, r->index, k, to);
	return true;
}

/* The next rows' presence, and their values densely.  *present: how many there are. */
static bool
read_rows(struct parquet_reader *r, uint32_t rows, uint32_t *present, struct err *err)
{
	const struct leaf *l = r->leaf.leaf;

	*present = 0;
	r->coded = false;
	slabs_turn(&r->leaf.slabs, r->leaf.body.start);
	for (uint32_t done = 0; done < rows;) {
		uint32_t k = 0, n;

		if (!leaf_ready(&r->leaf, err))
			return false;
		n = MIN(rows - done, r->leaf.left);
		if (l->max_def == 0)
			k = n;
		else if (!hybrid_equal(&r->leaf.definition, n, l->max_def, r->valid, done, &k))
			return pages_bad(&r->leaf.pages, ERR_FORMAT, err, "it has fewer levels than values");
		if (needs_values(r) && !read_values(r, *present, k, err))
			return false;
		*present += k;
		r->leaf.left -= n;
		done += n;
	}
	/* Pages of nulls may be coded by a dictionary that was left out: there is nothing to look up. */
	r->coded = r->coded && r->leaf.has_dictionary;
	if (l->max_def == 0)
		bits_fill(r->valid, rows);
	return true;
}

/* From the dense front of v to their rows, from the back; rows without a value get 0.  Without jumps, for nulls come as they like. */
#define SPREAD(type, v, valid, rows, present)                         \
	do {                                                          \
		uint32_t from_ = (present);                           \
		for (uint32_t i_ = (rows); i_ > from_;) {             \
			uint32_t there_;                              \
                                                                      \
			i_--;                                         \
			there_ = (uint32_t)bit_get((valid), i_);      \
			from_ -= there_;                              \
			(v)[i_] = (type)((v)[from_] & -(type)there_); \
		}                                                     \
	} while (0)

static void
spread(struct parquet_reader *r, uint32_t rows, uint32_t present)
{
	if (present == rows)
		return;
	if (r->coded) {
		SPREAD(uint32_t, r->index, r->valid, rows, present);
		return;
	}
	switch (r->leaf.leaf->how->size) {
	case 1: {
		uint8_t *v = r->data.v;

		SPREAD(uint8_t, v, r->valid, rows, present);
		break;
	}
	case 8: {
		int64_t *v = r->data.v;

		SPREAD(int64_t, v, r->valid, rows, present);
		break;
	}
	default: {
		__int128 *v = r->data.v;

		SPREAD(__int128, v, r->valid, rows, present);
		break;
	}
	}
}

/* NaN is null. */
static void
clear_nan(struct parquet_reader *r, uint32_t rows)
{
	const double *v = r->data.v;

	if (r->coded) {
		if (r->leaf.dictionary_nulls)
			for (uint32_t i = 0; i < rows; i++)
				if (bit_get(r->valid, i) && !bit_get(r->leaf.entry_valid, r->index[i]))
					bit_clear(r->valid, i);
		return;
	}
	for (uint32_t i = 0; i < rows; i++)
		if (UNLIKELY(isnan(v[i])))
			bit_clear(r->valid, i);
}

static void
pack_booleans(struct parquet_reader *r, uint32_t rows)
{
	const uint8_t *v = r->data.v;

	memset(r->bits, 0, sizeof(r->bits));
	for (uint32_t i = 0; i < rows; i++)
		r->bits[i / 64] |= (uint64_t)v[i] << (i % 64);
}

/* From dense numbers to those of all rows, elsewhere; 0 where there is none. */
static void
spread_to(int64_t *to, const int64_t *from, const uint64_t *valid, uint32_t rows)
{
	for (uint32_t i = 0; i < rows; i += 64) {
		uint64_t there = valid[i / 64];
		uint32_t n = MIN(rows - i, 64u);

		if (there == UINT64_MAX) {
			memcpy(to + i, from, 64 * sizeof(*to));
			from += 64;
			continue;
		}
		for (uint32_t k = 0; k < n; k++, there >>= 1) {
			to[i + k] = *from & -(int64_t)(there & 1);
			from += there & 1;
		}
	}
}

/* Characters, or bytes of what is no text, instead of the views. */
static void
make_lengths(struct parquet_reader *r, uint32_t rows, uint32_t present)
{
	const struct sv *text = r->data.v;

	if (r->leaf.leaf->type.kind == TYPE_BINARY)
		for (uint32_t i = 0; i < present; i++)
			r->length[i] = (int64_t)text[i].n;
	else
		r->simd->chars(text, present, r->length);
	r->v.rep = REP_LENGTH;
	r->v.i64 = r->length;
	if (present == rows)
		return;
	r->v.i64 = r->data.v;
	spread_to(r->v.i64, r->length, r->valid, rows);
}

static bool
only_lengths(const struct parquet_reader *r)
{
	return is_text(r) && !r->coded && (r->need & (NEED_TEXT | NEED_VALUE)) == 0;
}

static void
finish(struct parquet_reader *r, uint32_t rows, uint32_t present)
{
	const struct leaf *l = r->leaf.leaf;
	struct vector *v = &r->v;

	*v = (struct vector){.rep = l->how->rep, .type = l->type, .rows = rows, .valid = r->valid};
	if (!needs_values(r)) {
		v->rep = REP_PRESENCE;
		return;
	}
	if (only_lengths(r) && r->need != NEED_PRESENCE) {
		make_lengths(r, rows, present);
		return;
	}
	spread(r, rows, present);
	if (l->how->rep == REP_F64)
		clear_nan(r, rows);
	if (r->need == NEED_PRESENCE) {
		v->rep = REP_PRESENCE;
		return;
	}
	if (r->coded) {
		v->dict = dictionary_for(r);
		v->index = r->index;
		return;
	}
	v->i64 = r->data.v;
	if (l->how->rep == REP_BITS) {
		pack_booleans(r, rows);
		v->bits = r->bits;
	}
}

/* A column without values. */
static void
finish_null(struct parquet_reader *r, uint32_t rows)
{
	struct value *v = r->data.v;

	for (uint32_t i = 0; i < rows; i++)
		v[i] = VALUE_NONE;
	r->v = (struct vector){.rep = REP_VALUE,
	                       .type = {.kind = TYPE_VARIANT},
	                       .rows = rows,
	                       .valid = r->valid,
	                       .value = v};
}

static bool
next_flat(struct parquet_reader *r, uint32_t rows, struct err *err)
{
	uint32_t present = 0;

	column_data_room(&r->data, r->leaf.leaf->how, VECTOR_ROWS);
	if (!needs_values(r) && all_present(r)) {
		bits_fill(r->valid, rows);
		r->v = (struct vector){
			.rep = REP_PRESENCE, .type = r->leaf.leaf->type, .rows = rows, .valid = r->valid};
		return true;
	}
	if (!read_rows(r, rows, &present, err))
		return false;
	if (r->leaf.leaf->how->rep == REP_VALUE)
		finish_null(r, rows);
	else
		finish(r, rows, present);
	return true;
}

static bool
next_nested(struct parquet_reader *r, uint32_t rows, struct err *err)
{
	struct sv *text;

	if (r->data.v == NULL)
		r->data.v = xcalloc(VECTOR_ROWS, sizeof(*text));
	text = r->data.v;
	if (!nested_next(r->nested, rows, r->valid, r->need == NEED_PRESENCE ? NULL : text, err))
		return false;
	r->v = (struct vector){.rep = REP_TEXT,
	                       .type = {.kind = TYPE_STRING},
	                       .rows = rows,
	                       .valid = r->valid,
	                       .text = text};
	if (r->need == NEED_PRESENCE) {
		r->v.rep = REP_PRESENCE;
	} else if ((r->need & (NEED_TEXT | NEED_VALUE)) == 0) {
		int64_t *to = r->data.v;

		for (uint32_t i = 0; i < rows; i++) {
			int64_t n = sv_chars(text[i]);

			memcpy(&to[i], &n, sizeof(n));
		}
		r->v.rep = REP_LENGTH;
		r->v.i64 = to;
	}
	return true;
}

/* The chunk must end where the row group does: rows that nobody sees are no rows. */
static bool
check_end(struct parquet_reader *r, struct err *err)
{
	bool end;

	if (r->left > 0)
		return true;
	if (r->nested != NULL)
		return nested_end(r->nested, err);
	if (!needs_values(r) && all_present(r))
		return true;
	if (!leaf_head(&r->leaf, &end, err))
		return false;
	return end || chunk_bad(r->f, r->group, r->node->leaf, ERR_FORMAT, err,
	                        "its pages hold more rows than the row group has");
}

bool
parquet_reader_next(struct parquet_reader *r, uint32_t rows, const struct vector **ret, struct err *err)
{
	if (rows > VECTOR_ROWS || rows > r->left)
		return err_set(err, ERR_INTERNAL, NOWHERE,
		               "%u rows of a Parquet file were asked for, %lld are left", rows,
		               (long long)r->left);
	memset(r->valid, 0, sizeof(r->valid));
	r->left -= rows;
	if (r->nested != NULL ? !next_nested(r, rows, err) : !next_flat(r, rows, err))
		return false;
	if (!check_end(r, err))
		return false;
	*ret = &r->v;
	return true;
}

bool
parquet_reader_pages(struct parquet_reader *r, const int64_t **first, uint32_t *n, struct err *err)
{
	*n = 0;
	if (r->nested != NULL || r->left == 0)
		return true;
	if (!page_index_bounds(&r->page_index, r->f, r->group, r->node->leaf, err))
		return false;
	if (r->page_index.has_bounds) {
		*first = r->page_index.first;
		*n = r->page_index.n;
	}
	return true;
}

void
parquet_reader_page_stats(const struct parquet_reader *r, uint32_t page, struct parquet_stats *ret)
{
	page_index_stats(&r->page_index, page, ret);
}

int64_t
parquet_reader_pages_passed(const struct parquet_reader *r)
{
	return r->pages_passed;
}

/* Straight to the page that has the row `rows` from here, if it is a later one and its place is known. */
static bool
jump(struct parquet_reader *r, int64_t *rows, struct err *err)
{
	const struct page_index *x = &r->page_index;
	int64_t here = parquet_group_rows(r->f, r->group) - r->left, to;
	uint32_t page, from;
	bool end;

	if (*rows <= (int64_t)r->leaf.left || *rows >= r->left)
		return true;
	if (!page_index_places(&r->page_index, r->f, r->group, r->node->leaf, err))
		return false;
	if (x->n == 0)
		return true;
	page = page_index_find(x, here + *rows);
	from = page_index_find(x, here);
	to = x->first[page];
	if (page == from || to <= here)
		return true;
	/* The dictionary stands in front of all pages. */
	if (!leaf_dictionary(&r->leaf, err))
		return false;
	leaf_jump(&r->leaf, x->at[page], page);
	r->pages_passed += page - from - (here > x->first[from]);
	r->left -= to - here;
	*rows -= to - here;
	if (!leaf_head(&r->leaf, &end, err))
		return false;
	if (!end && (int64_t)r->leaf.left == x->first[page + 1] - to)
		return true;
	return pages_bad(&r->leaf.pages, ERR_FORMAT, err, "it has other rows than the page index says");
}

bool
parquet_reader_skip(struct parquet_reader *r, int64_t rows, struct err *err)
{
	const struct vector *v;
	bool end;

	if (r->nested == NULL && (needs_values(r) || !all_present(r)) && !jump(r, &rows, err))
		return false;
	while (rows > 0) {
		bool whole = r->nested == NULL && (needs_values(r) || !all_present(r));

		if (whole && !leaf_head(&r->leaf, &end, err))
			return false;
		if (whole && !r->leaf.started && r->leaf.left > 0 &&
		    (int64_t)r->leaf.left <= MIN(rows, r->left)) {
			rows -= r->leaf.left;
			r->left -= r->leaf.left;
			leaf_pass(&r->leaf);
			continue;
		}

		uint32_t n = (uint32_t)MIN(rows, (int64_t)VECTOR_ROWS);

		if (whole && r->leaf.left > 0)
			n = MIN(n, r->leaf.left);
		if (!parquet_reader_next(r, n, &v, err))
			return false;
		rows -= n;
	}
	return true;
}
