/*
 * Quantiles, approximately: the sketch of Karnin, Lang and Liberty, "Optimal quantile approximation in streams" (2016).
 *
 * Keys stand in levels; one on level h stands for 2^h values.  A level that is full is sorted, and every second key, from the first or the
 * second by the toss of a coin, goes up a level:
 *
 *	level 0   3 9 1 7 … full ──sort──► 1 3 7 9 ──coin──► 3 9 to level 1
 *
 * What that does to the rank of any value: nothing, or 2^h more or less, each as likely.  So the error of a rank is a sum of independent steps
 * whose squares are known, and by Hoeffding's inequality it is beyond t with a probability of at most 2 exp(-t^2 / (2 sum of squares)).  The bound
 * given is the t of one in a thousand million, from the steps that were really taken.
 *
 * Coins come from a counter in the state, and states are merged in the order of the rows: the same data gives the same answer, whatever
 * the number of threads.
 */
#include <math.h>
#include <stdlib.h>

#include "metric/keybag_parts.h"
#include "metric/order_key.h"
#include "metric/state.h"

enum { KLL_K = 4096, KLL_LEAST = 8, LEVELS = 48 };

struct level {
	uint64_t *key;
	uint32_t n, cap;
};

struct kll {
	int64_t count;
	bool has_number, has_time;
	uint64_t least, greatest; /* keys, exactly: what stands at both ends */
	uint32_t levels;
	uint64_t coin;
	double squares; /* of the steps that ranks may have made */
	struct level level[LEVELS];
};

static void
kll_init(void *state, const struct metric *m)
{
	(void)m;
	memset(state, 0, sizeof(struct kll));
	((struct kll *)state)->levels = 1;
	((struct kll *)state)->least = UINT64_MAX;
}

static void
kll_fini(void *state)
{
	struct kll *s = state;

	for (size_t h = 0; h < LEVELS; h++)
		free(s->level[h].key);
	memset(s, 0, sizeof(*s));
}

static size_t
kll_bytes(const void *state)
{
	const struct kll *s = state;
	size_t n = 0;

	for (size_t h = 0; h < s->levels; h++)
		n += s->level[h].cap * sizeof(uint64_t);
	return n;
}

/* The highest level holds most; below, each two thirds of the one above. */
static uint32_t
capacity(const struct kll *s, uint32_t h)
{
	double most = KLL_K * pow(2.0 / 3, s->levels - 1 - h);

	return MAX((uint32_t)most, (uint32_t)KLL_LEAST) & ~1U;
}

static void
put(struct level *l, uint64_t key)
{
	if (l->n == l->cap) {
		l->cap = MAX(2 * l->cap, 64);
		l->key = xrealloc(l->key, l->cap * sizeof(*l->key));
	}
	l->key[l->n++] = key;
}

static void
compact_level(struct kll *s, uint32_t h)
{
	struct level *l = &s->level[h], *up = &s->level[h + 1];
	uint32_t n = l->n & ~1U, from = hash64_u64(++s->coin) & 1;
	double step = ldexp(1, (int)h);
	uint64_t last = l->key[l->n - 1];
	bool odd = l->n % 2 != 0;

	/* The one that has no partner stays. */
	keybag_sort(l->key, n, 1);
	for (uint32_t i = from; i < n; i += 2)
		put(up, l->key[i]);
	l->n = 0;
	if (odd)
		put(l, last);
	s->squares += step * step;
	if (h + 1 == s->levels)
		s->levels++;
}

/* Until every level is within its capacity, from the lowest. */
static void
compact(struct kll *s)
{
	for (uint32_t h = 0; h < s->levels && h + 1 < LEVELS; h++)
		if (s->level[h].n > capacity(s, h))
			compact_level(s, h);
}

static void
add_key(struct kll *s, uint64_t key)
{
	put(&s->level[0], key);
	s->count++;
	s->least = MIN(s->least, key);
	s->greatest = MAX(s->greatest, key);
	/* Looked at now and then: the capacity costs a power. */
	if (s->level[0].n >= 1024 && s->level[0].n % 256 == 0)
		compact(s);
}

/* A column of mixed values is looked at as one of doubles. */
static struct type
type_of_keys(const struct metric *m)
{
	struct type t = m->arg[0]->type;

	if (!type_is_numeric(t) && !type_is_temporal(t))
		t = (struct type){.kind = TYPE_NUMBER};
	return t;
}

static bool
add_value(struct kll *s, struct value v, struct type t, struct err *err)
{
	uint64_t key;

	if (value_is_numeric(v))
		s->has_number = true;
	else if (type_is_temporal(value_type(v)))
		s->has_time = true;
	if (t.kind == TYPE_NUMBER && value_is_numeric(v)) {
		add_key(s, order_key_f64(value_to_f64(v)));
		return true;
	}
	if (order_key_of(v, t, &key)) {
		add_key(s, key);
		return true;
	}
	err_set(err, ERR_EVAL, NOWHERE,
	        "there are values that approximate quantiles cannot take: other types, or more than 18 digits");
	return err_hint(err, "Leave out approx: exact quantiles take all numbers and times.");
}

static bool
kll_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct type t = type_of_keys(m);
	bool direct = order_key_is_direct(v, t);
	struct kll *s = state;

	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		uint64_t mask = v->valid[w] & b->selected[w];

		if (direct && mask != 0)
			*(type_is_temporal(t) ? &s->has_time : &s->has_number) = true;
		for (; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			if (direct)
				add_key(s, v->rep == REP_F64 ? order_key_f64(v->f64[i])
				                             : order_key_i64(v->i64[i]));
			else if (!add_value(s, vector_value(v, i), t, err))
				return false;
		}
	}
	return true;
}

static bool
kll_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct kll *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	s->levels = MAX(s->levels, f->levels);
	for (uint32_t h = 0; h < f->levels; h++)
		for (uint32_t i = 0; i < f->level[h].n; i++)
			put(&s->level[h], f->level[h].key[i]);
	s->count += f->count;
	s->squares += f->squares;
	s->least = MIN(s->least, f->least);
	s->greatest = MAX(s->greatest, f->greatest);
	s->coin ^= hash64_u64(f->coin + (uint64_t)s->count);
	s->has_number |= f->has_number;
	s->has_time |= f->has_time;
	compact(s);
	return true;
}

struct weighted {
	uint64_t key;
	int64_t before; /* its weight, and then: values that stand before it */
};

static int
by_key(const void *a, const void *b)
{
	const struct weighted *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static struct weighted *
weigh(const struct kll *s, size_t *n)
{
	struct weighted *w;
	int64_t before = 0;
	size_t k = 0;

	for (uint32_t h = 0; h < s->levels; h++)
		k += s->level[h].n;
	w = xmalloc(MAX(k, 1) * sizeof(*w));
	*n = k;
	k = 0;
	for (uint32_t h = 0; h < s->levels; h++)
		for (uint32_t i = 0; i < s->level[h].n; i++)
			w[k++] = (struct weighted){s->level[h].key[i], INT64_C(1) << h};
	qsort(w, k, sizeof(*w), by_key);
	for (size_t i = 0; i < k; i++) {
		int64_t weight = w[i].before;

		w[i].before = before;
		before += weight;
	}
	return w;
}

/* The last key before which at most `rank` values stand. */
static uint64_t
key_at(const struct kll *s, const struct weighted *w, size_t n, double rank)
{
	size_t lo = 0, hi = n;

	if (rank <= 0)
		return s->least;
	if (rank >= (double)(s->count - 1))
		return s->greatest;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if ((double)w[mid].before <= rank)
			lo = mid;
		else
			hi = mid;
	}
	return w[lo].key;
}

static double
rank_error(const struct kll *s)
{
	const double log_of_two_in_a_thousand_million = 21.42;

	return sqrt(2 * log_of_two_in_a_thousand_million * s->squares);
}

/* Each value twice, as the exact kind gives those on both sides; shift: ranks that all are moved by. */
static const struct value *
values_at(const struct weighted *w, size_t n, const struct kll *s, const struct metric *m, double shift,
          struct arena *a)
{
	struct value *list = ARENA_ARRAY(a, struct value, 2 * m->params.nratio);
	double last = (double)(s->count - 1);

	for (uint32_t i = 0; i < m->params.nratio; i++) {
		double rank = m->params.ratios[i] * last;
		double low = shift == 0 ? floor(rank) : rank + shift, high = shift == 0 ? ceil(rank) : low;

		list[2 * i] = order_key_value(key_at(s, w, n, low), type_of_keys(m));
		list[2 * i + 1] = order_key_value(key_at(s, w, n, high), type_of_keys(m));
	}
	return list;
}

static const struct metric_value *
shifted(const struct metric_value *v, const struct value *list, struct arena *a)
{
	struct metric_value *ret = ARENA_NEW(a, struct metric_value);

	*ret = *v;
	ret->list = list;
	ret->low = ret->high = NULL;
	return ret;
}

static void
kll_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct kll *s = state;
	struct weighted *w;
	double error;
	size_t n;

	ret->count = s->count;
	if (s->has_number && s->has_time) {
		ret->failed = !err_set(&ret->err, ERR_EVAL, NOWHERE, "there are both numbers and times");
		return;
	}
	if (s->count == 0)
		return;
	w = weigh(s, &n);
	ret->list = values_at(w, n, s, m, 0, a);
	ret->nlist = 2 * m->params.nratio;
	error = rank_error(s);
	if (error > 0 && n > 0) {
		/* A key may stand for as many values as its level says: the one above the bound is taken. */
		double step = ldexp(1, (int)s->levels);

		ret->error_bound = (error + step) / (double)s->count;
		ret->low = shifted(ret, values_at(w, n, s, m, -error - step, a), a);
		ret->high = shifted(ret, values_at(w, n, s, m, error + step, a), a);
	}
	free(w);
}

static bool
kll_save(void *state, const struct metric *m, struct buf *b)
{
	const struct kll *s = state;
	uint64_t bits;

	(void)m;
	memcpy(&bits, &s->squares, sizeof(bits));
	pack_u64(b, (uint64_t)s->count);
	pack_bool(b, s->has_number);
	pack_bool(b, s->has_time);
	pack_word(b, s->least);
	pack_word(b, s->greatest);
	pack_word(b, s->coin);
	pack_word(b, bits);
	pack_u64(b, s->levels);
	for (uint32_t h = 0; h < s->levels; h++) {
		pack_u64(b, s->level[h].n);
		for (uint32_t i = 0; i < s->level[h].n; i++)
			pack_word(b, s->level[h].key[i]);
	}
	return !b->full;
}

static void
kll_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct kll *s = state;
	int64_t weight = 0;
	uint64_t bits;

	(void)m, (void)part;
	s->count = unpack_count(u);
	s->has_number = unpack_bool(u);
	s->has_time = unpack_bool(u);
	s->least = unpack_word(u);
	s->greatest = unpack_word(u);
	s->coin = unpack_word(u);
	bits = unpack_word(u);
	memcpy(&s->squares, &bits, sizeof(bits));
	s->levels = (uint32_t)unpack_most(u, LEVELS - 1);
	if (!(s->squares >= 0 && s->squares < INFINITY) || s->levels == 0)
		unpack_spoil(u);
	for (uint32_t h = 0; h < s->levels && !u->bad; h++)
		for (size_t n = unpack_number(u, 8); n > 0 && !u->bad; n--) {
			put(&s->level[h], unpack_word(u));
			/* The keys stand for all values, no more and no less. */
			weight += INT64_C(1) << h;
			if (weight > s->count)
				unpack_spoil(u);
		}
	if (weight != s->count)
		unpack_spoil(u);
}

/* As metric_quantiles; both values of a ratio are nearly the same.  low, high: by ranks moved by error_bound, a share of all. */
const struct metric_kind metric_quantiles_approx = {
	.name = "quantiles_approx",
	.doc = "The values near each quantile, in bounded memory.",
	.class = STATE_BOUNDED,
	.ordered = true,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct kll),
	.need = NEED_VALUE,
	.exact = &metric_quantiles,
	.init = kll_init,
	.update = kll_update,
	.merge = kll_merge,
	.final = kll_final,
	.bytes = kll_bytes,
	.fini = kll_fini,
	.save = kll_save,
	.load = kll_load,
};
