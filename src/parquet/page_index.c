#include "parquet/page_index.h"

#include "parquet/conversion.h"

void
page_index_fini(struct page_index *x)
{
	arena_free(x->a);
	*x = (struct page_index){0};
}

void
page_index_clear(struct page_index *x)
{
	struct arena *a = x->a;

	if (a != NULL)
		arena_reset(a);
	*x = (struct page_index){.a = a};
}

/* A struct of the index.  *ret: it is there and can be read. */
static bool
read_table(struct page_index *x, const struct parquet_file *f, int64_t at, int32_t bytes,
           const struct thrift_table *t, void *dst, bool *ret, struct err *err)
{
	struct thrift_source in = {.memory = f->memory};
	size_t got;
	char *p;

	*ret = false;
	if (at <= 0 || bytes <= 0 || at > f->footer_at || bytes > f->footer_at - at ||
	    (size_t)bytes > f->memory)
		return true;
	if (x->a == NULL)
		x->a = arena_new();
	p = arena_alloc(x->a, (size_t)bytes);
	if (!input_read(f->in, at, p, (size_t)bytes, &got, err))
		return false;
	in.bytes = (struct sv){p, got};
	*ret = got == (size_t)bytes && thrift_read(&in, x->a, t, dst);
	return true;
}

/* Pages in order, none without rows, all of them in the chunk and behind each other. */
static bool
take_places(struct page_index *x, const struct pq_column *c, const struct pq_offset_index *o, int64_t rows)
{
	const struct pq_page_place *p = o->pages.v;
	uint32_t n = o->pages.n;
	int64_t from = chunk_start(c), end = from + c->packed;

	x->first = ARENA_ARRAY(x->a, int64_t, (size_t)n + 1);
	x->at = ARENA_ARRAY(x->a, int64_t, n);
	for (uint32_t i = 0; i < n; i++) {
		bool first = i == 0 ? p[i].first_row == 0 : p[i].first_row > x->first[i - 1];

		if (!thrift_has(p[i].has, 1) || !thrift_has(p[i].has, 2) || !thrift_has(p[i].has, 3) ||
		    !first || p[i].first_row >= rows || p[i].bytes <= 0 || p[i].at < from || p[i].at > end ||
		    p[i].bytes > end - p[i].at)
			return false;
		x->first[i] = p[i].first_row;
		x->at[i] = p[i].at;
		from = p[i].at + p[i].bytes;
	}
	x->first[n] = rows;
	return n > 0;
}

bool
page_index_places(struct page_index *x, const struct parquet_file *f, uint32_t group, uint32_t leaf,
                  struct err *err)
{
	const struct pq_chunk *c = file_chunk(f, group, leaf);
	struct pq_offset_index o = {0};
	bool there;

	if (x->sought_places)
		return true;
	x->sought_places = true;
	x->leaf = &f->leaf[leaf];
	if (!thrift_has(c->has, 4) || !thrift_has(c->has, 5) || thrift_has(c->has, 8) || x->leaf->max_rep > 0)
		return true;
	if (!read_table(x, f, c->offsets_at, c->offsets_bytes, &pq_offset_index_table, &o, &there, err))
		return false;
	if (there && take_places(x, &c->meta, &o, file_group(f, group)->rows))
		x->n = o.pages.n;
	return true;
}

/* Bounds that are said to rise or to fall do so. */
static bool
in_order(const struct page_index *x)
{
	const struct pq_column_index *b = &x->bounds;
	struct parquet_stats last = {0}, now;
	int sign = b->order == BOUNDARY_ASCENDING ? 1 : -1, d;

	if (!thrift_has(b->has, 4) || b->order < BOUNDARY_UNORDERED || b->order > BOUNDARY_DESCENDING)
		return false;
	if (b->order == BOUNDARY_UNORDERED)
		return true;
	for (uint32_t i = 0; i < x->n; i++) {
		page_index_stats(x, i, &now);
		if (!now.has_min || !now.has_max)
			continue;
		if (last.has_min && (!value_compare(now.min, last.min, NULL, &d) || d * sign < 0 ||
		                     !value_compare(now.max, last.max, NULL, &d) || d * sign < 0))
			return false;
		last = now;
	}
	return true;
}

/* Lists of all pages; counts within the rows, and of null pages all of these. */
static bool
makes_sense(const struct page_index *x)
{
	const struct pq_column_index *b = &x->bounds;
	const bool *null_page = b->null_page.v;
	const int64_t *nulls = b->nulls.v;

	if (b->null_page.n != x->n || b->min.n != x->n || b->max.n != x->n ||
	    (b->nulls.n != 0 && b->nulls.n != x->n) || (b->nans.n != 0 && b->nans.n != x->n))
		return false;
	for (uint32_t i = 0; i < x->n; i++) {
		int64_t rows = x->first[i + 1] - x->first[i];

		if (null_page[i] && x->leaf->max_def == 0)
			return false;
		if (b->nulls.n != 0 &&
		    (nulls[i] < 0 || nulls[i] > rows || (null_page[i] && nulls[i] != rows)))
			return false;
	}
	return in_order(x);
}

bool
page_index_bounds(struct page_index *x, const struct parquet_file *f, uint32_t group, uint32_t leaf,
                  struct err *err)
{
	const struct pq_chunk *c = file_chunk(f, group, leaf);
	bool there;

	if (!page_index_places(x, f, group, leaf, err))
		return false;
	if (x->sought_bounds || x->n == 0)
		return true;
	x->sought_bounds = true;
	if (!thrift_has(c->has, 6) || !thrift_has(c->has, 7) || x->leaf->refused != NULL)
		return true;
	if (!read_table(x, f, c->bounds_at, c->bounds_bytes, &pq_column_index_table, &x->bounds, &there, err))
		return false;
	x->has_bounds = there && makes_sense(x);
	return true;
}

void
page_index_stats(const struct page_index *x, uint32_t page, struct parquet_stats *ret)
{
	const struct pq_column_index *b = &x->bounds;
	int64_t rows = x->first[page + 1] - x->first[page];
	/* Bounds of pages are never said to be values: 7 and 8 are there, and false. */
	struct pq_stats s = {.has = 1u << 7 | 1u << 8};

	*ret = (struct parquet_stats){.rows = rows};
	if (((const bool *)b->null_page.v)[page]) {
		ret->has_nulls = true;
		ret->nulls = rows;
		ret->why = "it has no values";
		return;
	}
	s.has |= 1u << 5 | 1u << 6;
	s.min = ((const struct sv *)b->min.v)[page];
	s.max = ((const struct sv *)b->max.v)[page];
	if (b->nulls.n != 0) {
		s.has |= 1u << 3;
		s.nulls = ((const int64_t *)b->nulls.v)[page];
	}
	if (b->nans.n != 0) {
		s.has |= 1u << 9;
		s.nans = ((const int64_t *)b->nans.v)[page];
	}
	ret->has_nulls = x->leaf->max_def == 0 && x->leaf->how->rep != REP_F64;
	stats_believe(x->leaf, &s, ret);
}

uint32_t
page_index_find(const struct page_index *x, int64_t row)
{
	uint32_t lo = 0, hi = x->n - 1;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo + 1) / 2;

		if (x->first[mid] <= row)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}
