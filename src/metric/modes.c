/*
 * How often each value occurs: the most common ones, and the entropy of all.  None can be dropped: what does not fit waits in a file.
 */
#include <math.h>
#include <stdlib.h>

#include "base/stat.h"
#include "metric/tally_file.h"

struct modes {
	struct value_tally values;
	struct tally_file file;
};

static void
modes_init(void *state, const struct metric *m)
{
	(void)m;
	*(struct modes *)state = (struct modes){.values.keep = UINT32_MAX};
}

static bool
modes_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	struct modes *s = state;

	(void)m, (void)err;
	value_tally_add_vector(&s->values, b->arg[0], b->selected);
	return true;
}

/* What stands for a pair of values where only equality counts: their hashes. */
static struct value
pair_of(const struct vector *x, const struct vector *y, uint32_t i, struct hash128 *at)
{
	at[0] = value_hash(value_tally_element(x, i));
	at[1] = value_hash(value_tally_element(y, i));
	return (struct value){.kind = VALUE_BINARY, .s = {(const char *)at, 2 * sizeof(*at)}};
}

/* Pairs of which both are known. */
static bool
pairs_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *x = b->arg[0], *y = b->arg[1];
	struct modes *s = state;
	struct hash128 at[2];

	(void)m, (void)err;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = x->valid[w] & y->valid[w] & b->selected[w]; mask != 0; mask &= mask - 1)
			value_tally_add(
				&s->values,
				pair_of(x, y, (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask), at), 1);
	return true;
}

static bool
modes_weigh(void *state, const struct metric *m, const struct metric_batch *b, const uint32_t *times,
            struct err *err)
{
	struct modes *s = state;

	(void)m, (void)err;
	value_tally_weigh_vector(&s->values, b->arg[0], b->selected, times);
	return true;
}

static bool
modes_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct modes *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	value_tally_merge(&s->values, &f->values);
	value_tally_fini(&f->values);
	tally_file_merge(&s->file, &f->file);
	return true;
}

/* The most common ones so far, and the least `best.keep` of them. */
struct finding {
	int64_t most, modes;
	struct value_tally best;
};

static void
find_modes(void *ctx, struct value_tally *t)
{
	struct finding *f = ctx;

	for (uint32_t i = 0; i < t->n; i++) {
		const struct tally_entry *e = &t->e[i];

		if (e->count < f->most)
			continue;
		if (e->count > f->most) {
			value_tally_fini(&f->best);
			f->modes = 0;
			f->most = e->count;
		}
		f->modes++;
		value_tally_add(&f->best, e->v, e->count);
	}
}

static void
modes_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct finding f = {.best.keep = m->params.keep};
	struct modes *s = state;
	bool ok = true;

	if (s->file.nchunk == 0)
		find_modes(&f, &s->values);
	else
		ok = tally_file_add(&s->file, &s->values, NULL, &ret->err) &&
		     tally_file_each(&s->file, find_modes, &f, &ret->err);
	ret->failed = !ok;
	value_tally_sort(&f.best);
	tally_list(f.best.e, f.best.n, a, ret);
	ret->list_cut = f.modes > m->params.keep;
	ret->count = f.most;
	ret->v = value_int(f.modes);
	value_tally_fini(&f.best);
}

/* How many values occur `count` times.  There are few different counts: 1 + 2 + ... + k values have k. */
struct occurrence {
	int64_t count, values;
};
struct occurrences {
	struct occurrence *v; /* sorted by count */
	size_t n, cap;
	int64_t total;
};

static void
count_occurrences(void *ctx, struct value_tally *t)
{
	struct occurrences *o = ctx;

	for (uint32_t i = 0; i < t->n; i++) {
		size_t lo = 0, hi = o->n;

		o->total += t->e[i].count;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (o->v[mid].count < t->e[i].count)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo < o->n && o->v[lo].count == t->e[i].count) {
			o->v[lo].values++;
			continue;
		}
		if (o->n == o->cap) {
			o->cap = MAX(2 * o->cap, 64);
			o->v = xrealloc(o->v, o->cap * sizeof(*o->v));
		}
		memmove(o->v + lo + 1, o->v + lo, (o->n++ - lo) * sizeof(*o->v));
		o->v[lo] = (struct occurrence){t->e[i].count, 1};
	}
}

/*
 * H = - sum p ln p, with p = count / total: Shannon, "A mathematical theory of communication" (1948).  Added up by count, so that the order of values does not
 * matter.  Of a p near 1 the logarithm is taken of what is missing.
 */
static double
entropy(const struct occurrences *o)
{
	double total = (double)o->total;
	struct stat_sum sum = {0};

	for (size_t i = 0; i < o->n; i++) {
		double n = (double)o->v[i].count, p = n / total;

		stat_add(&sum,
		         (double)o->v[i].values * -p *
		                 (p > 0.5 ? log1p(-(double)(o->total - o->v[i].count) / total) : log(p)));
	}
	return fmax(stat_total(&sum), 0);
}

static void
entropy_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct occurrences o = {0};
	struct modes *s = state;
	bool ok = true;

	(void)m, (void)a;
	if (s->file.nchunk == 0)
		count_occurrences(&o, &s->values);
	else
		ok = tally_file_add(&s->file, &s->values, NULL, &ret->err) &&
		     tally_file_each(&s->file, count_occurrences, &o, &ret->err);
	ret->failed = !ok;
	ret->count = o.total;
	if (ok && o.total > 0)
		ret->v = value_real(entropy(&o));
	free(o.v);
}

/* While a table is made twice as large, there are both. */
static size_t
modes_bytes(const void *state)
{
	const struct modes *s = state;

	return value_tally_bytes(&s->values) + 2 * value_tally_table_bytes(&s->values);
}

static bool
modes_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	struct modes *s = state;

	(void)m;
	return tally_file_add(&s->file, &s->values, folder, err);
}

static bool
modes_save(void *state, const struct metric *m, struct buf *b)
{
	struct modes *s = state;

	(void)m;
	return s->file.nchunk == 0 && value_tally_save(&s->values, b);
}

static void
modes_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct modes *s = state;

	(void)m, (void)part;
	value_tally_load(&s->values, u);
}

static void
modes_fini(void *state)
{
	struct modes *s = state;

	value_tally_fini(&s->values);
	tally_file_fini(&s->file);
}

#define TALLY_OF(args_)                                                                                    \
	.class = STATE_SPILLING, .min_args = args_, .max_args = args_, .state_size = sizeof(struct modes), \
	.need = NEED_VALUE, .init = modes_init, .merge = modes_merge, .bytes = modes_bytes,                \
	.spill = modes_spill, .fini = modes_fini, .save = modes_save, .load = modes_load
#define TALLY TALLY_OF(1), .update = modes_update, .weigh = modes_weigh

/* count: how often the most common values occur, v: how many such values there are; list: the least params.keep of them, sorted; list_cut. */
const struct metric_kind metric_modes = {
	.name = "modes",
	.doc = "The most common values that are not null.",
	TALLY,
	.final = modes_final,
};

/* v: in nats, as a double; null where there are no values.  count: values. */
const struct metric_kind metric_entropy = {
	.name = "entropy",
	.doc = "Entropy of the values that are not null.",
	TALLY,
	.final = entropy_final,
};

/* v: in nats, as a double; null where there are no rows with both values.  count: those rows. */
const struct metric_kind metric_joint_entropy = {
	.name = "joint_entropy",
	.doc = "Entropy of the pairs of values of which none is null.",
	TALLY_OF(2),
	.update = pairs_update,
	.final = entropy_final,
};
