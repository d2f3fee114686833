/*
 * How many numbers lie between edges.
 *
 * The edges are given, or follow from the numbers themselves: as many bins of one width as the rule of Freedman and Diaconis asks for ("On the
 * histogram as a density estimator", Zeitschrift fuer Wahrscheinlichkeitstheorie 57 (1981): width 2 IQR / n^(1/3)), or Sturges' ("The choice of a
 * class interval", JASA 21 (1926): log2(n + 1) bins), whichever asks for more.  Great Expectations takes numpy's "auto", which is the same.
 */
#include <math.h>
#include <stdlib.h>

#include "metric/metric.h"
#include "metric/packed.h"

enum { BINS_MAX = 10000 };

struct histogram {
	const double *edge; /* of the metric's parameters, or own */
	double *own;
	int64_t *count; /* [nedge + 1]: below, the bins, above */
	uint32_t nedge;
	double wanted; /* bins, where they are too many */
};

static void
set_edges(struct histogram *s, const double *edge, uint32_t n)
{
	s->edge = edge;
	s->nedge = n;
	s->count = xcalloc((size_t)n + 1, sizeof(*s->count));
}

static void
histogram_init(void *state, const struct metric *m)
{
	struct histogram *s = state;

	*s = (struct histogram){0};
	if (!m->params.flag)
		set_edges(s, m->params.ratios, m->params.nratio);
}

/* From the least, the greatest, the range of the middle half, and the number of values. */
static void
find_edges(struct histogram *s, double least, double greatest, double iqr, double n)
{
	double bins = ceil(log2(n + 1));

	if (iqr >= 1e-10)
		bins = fmax(bins, ceil((greatest - least) / (2 * iqr / cbrt(n))));
	if (!(greatest > least))
		bins = 1;
	if (!(bins <= BINS_MAX)) {
		s->wanted = bins;
		return;
	}

	uint32_t nbin = (uint32_t)bins;
	double width = (greatest - least) / bins;

	s->own = xmalloc(((size_t)nbin + 1) * sizeof(*s->own));
	for (uint32_t i = 0; i < nbin; i++)
		s->own[i] = least + i * width;
	s->own[nbin] = greatest;
	set_edges(s, s->own, nbin + 1);
}

/* The place of v among the counts: a bin holds its lower edge, the last one both. */
static uint32_t
bin_of(const struct histogram *s, double v)
{
	uint32_t lo = 0, hi = s->nedge;

	/* How many edges are not above v. */
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->edge[mid] <= v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == s->nedge && v == s->edge[lo - 1] ? lo - 1 : lo;
}

static bool
histogram_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct histogram *s = state;

	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = v->valid[w] & b->selected[w]; mask != 0 && s->wanted == 0;
		     mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);
			struct value x = vector_value(v, i);

			if (!value_is_numeric(x))
				return err_set(err, ERR_EVAL, NOWHERE,
				               "there are values that are not numbers");
			if (m->params.flag && s->edge == NULL)
				find_edges(s, value_to_f64(vector_value(b->arg[1], i)),
				           value_to_f64(vector_value(b->arg[2], i)),
				           value_to_f64(vector_value(b->arg[3], i)),
				           value_to_f64(vector_value(b->arg[4], i)));
			if (s->edge != NULL)
				s->count[bin_of(s, value_to_f64(x))]++;
		}
	return true;
}

static void
histogram_fini(void *state)
{
	struct histogram *s = state;

	free(s->own);
	free(s->count);
	s->own = NULL;
	s->count = NULL;
}

/* Edges that follow from the numbers follow from all of them, so they are the same wherever there are any. */
static bool
histogram_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct histogram *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	s->wanted = fmax(s->wanted, f->wanted);
	if (s->edge == NULL) {
		struct histogram empty = *s;

		*s = *f;
		*f = empty;
		return true;
	}
	for (uint32_t i = 0; f->edge != NULL && i <= s->nedge; i++)
		s->count[i] += f->count[i];
	return true;
}

static void
histogram_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct histogram *s = state;
	struct value *edge = ARENA_ARRAY(a, struct value, (size_t)s->nedge + 1);
	int64_t *count = ARENA_ARRAY(a, int64_t, (size_t)s->nedge + 1);

	(void)m;
	if (s->wanted > 0) {
		ret->failed = true;
		err_set(&ret->err, ERR_LIMIT, NOWHERE, "the values ask for %.0f bins, and %d are the limit",
		        s->wanted, BINS_MAX);
		err_hint(&ret->err, "say which bins are meant");
		return;
	}
	ret->list = edge;
	ret->list_count = count;
	if (s->edge == NULL)
		return;
	ret->nlist = s->nedge + 1;
	for (uint32_t i = 0; i <= s->nedge; i++) {
		edge[i] = i < s->nedge ? value_real(s->edge[i]) : VALUE_NONE;
		count[i] = s->count[i];
		ret->count += s->count[i];
	}
	ret->v = value_int(ret->count);
}

static size_t
histogram_bytes(const void *state)
{
	const struct histogram *s = state;

	return s->edge == NULL ? 0 : ((size_t)s->nedge + 1) * (sizeof(*s->count) + sizeof(*s->own));
}

/* Edges that follow from other parts too are not of this one. */
static bool
histogram_save(void *state, const struct metric *m, struct buf *b)
{
	struct histogram *s = state;

	for (uint32_t i = 0; !m->params.flag && i <= s->nedge; i++)
		pack_u64(b, (uint64_t)s->count[i]);
	return !m->params.flag;
}

static void
histogram_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct histogram *s = state;

	(void)part;
	if (m->params.flag)
		unpack_spoil(u);
	for (uint32_t i = 0; !m->params.flag && i <= s->nedge; i++)
		s->count[i] = unpack_count(u);
}

/*
 * list: the edges, and null at the end; list_count: [0] values below the first edge, [i] those from list[i - 1] to below list[i] (the last bin
 * holds its upper edge, too), at the end those above the last edge.  v and count: all of them.
 *
 * params.ratios are the edges, in order.  With params.flag they follow from the numbers: the arguments are then the column, its least value, its
 * greatest, the range of the middle half, and how many there are.
 */
const struct metric_kind metric_histogram = {
	.name = "histogram",
	.doc = "How many numbers lie between edges.",
	.class = STATE_BOUNDED,
	.min_args = 1,
	.max_args = 5,
	.state_size = sizeof(struct histogram),
	.need = NEED_VALUE,
	.init = histogram_init,
	.update = histogram_update,
	.merge = histogram_merge,
	.final = histogram_final,
	.bytes = histogram_bytes,
	.fini = histogram_fini,
	.save = histogram_save,
	.load = histogram_load,
};
