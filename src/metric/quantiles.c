/*
 * Quantiles: all values are kept, and the wanted ranks selected at the end.
 *
 * Nearly all values are 64-bit numbers.  They are kept as keys that order as the values do, in a list of blocks, so that states are merged
 * by joining lists:
 *
 *	integer, scaled decimal, time   the sign bit flipped
 *	double                          the sign bit flipped; of a negative one all bits
 *
 * What is no such number (in a column of mixed values, a decimal of more than 18 digits) is kept as a value.  Where there are any, all are
 * looked for by a common key that orders nearly as they do, that of their nearest double or of their microseconds, and the few different values
 * that have a key in common are told apart in a last look.
 *
 * Beyond the budget blocks and values go into temporary files as they are, and are read from there when they are looked at.
 */
#include <math.h>
#include <stdlib.h>

#include "metric/keybag_parts.h"
#include "metric/order_key.h"
#include "metric/ranks.h"
#include "metric/spill.h"
#include "metric/state.h"

enum { BLOCK_FIRST = 64, BLOCK_MAX = 8192 };

struct key_block {
	struct key_block *next;
	size_t n, cap;
	uint64_t key[];
};

struct quantiles {
	int64_t count;
	bool has_number, has_time;
	struct key_block *block; /* the newest first */
	struct value *other;     /* numbers and times: they own nothing */
	size_t nother, other_cap;
	size_t bytes;
	/* What was spilled, of all that were merged: files of keys, files of values */
	struct spill **key_file, **other_file;
	size_t nkey_file, nother_file;
	int64_t others; /* values in memory and in files */
};

static void
add_key(struct quantiles *s, uint64_t key)
{
	struct key_block *b = s->block;

	if (b == NULL || b->n == b->cap) {
		size_t cap = b == NULL ? BLOCK_FIRST : MIN(b->cap * 2, (size_t)BLOCK_MAX);
		size_t size = sizeof(*b) + cap * sizeof(b->key[0]);

		b = xmalloc(size);
		*b = (struct key_block){.next = s->block, .cap = cap};
		s->block = b;
		s->bytes += size;
	}
	b->key[b->n++] = key;
	s->count++;
}

static void
add_other(struct quantiles *s, struct value v)
{
	if (s->nother == s->other_cap) {
		s->bytes -= s->other_cap * sizeof(v);
		s->other_cap = s->other_cap == 0 ? 16 : s->other_cap * 2;
		s->other = xrealloc(s->other, s->other_cap * sizeof(v));
		s->bytes += s->other_cap * sizeof(v);
	}
	s->other[s->nother++] = v;
	s->others++;
	s->count++;
}

static bool
add_value(struct quantiles *s, struct value v, struct type t, struct err *err)
{
	uint64_t key;

	if (value_is_numeric(v))
		s->has_number = true;
	else if (type_is_temporal(value_type(v)))
		s->has_time = true;
	else
		return err_set(err, ERR_EVAL, NOWHERE, "there are values that are neither numbers nor times");
	if (order_key_of(v, t, &key))
		add_key(s, key);
	else
		add_other(s, v);
	return true;
}

static void
quantiles_init(void *state, const struct metric *m)
{
	(void)m;
	*(struct quantiles *)state = (struct quantiles){0};
}

static bool
quantiles_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct type t = m->arg[0]->type;
	struct quantiles *s = state;
	bool direct = order_key_is_direct(v, t);

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

static void
quantiles_fini(void *state)
{
	struct quantiles *s = state;

	for (struct key_block *b = s->block, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	for (size_t i = 0; i < s->nkey_file; i++)
		spill_free(s->key_file[i]);
	for (size_t i = 0; i < s->nother_file; i++)
		spill_free(s->other_file[i]);
	free(s->key_file);
	free(s->other_file);
	free(s->other);
	*s = (struct quantiles){0};
}

static void
join_files(struct spill ***into, size_t *n, struct spill ***from, size_t *nfrom)
{
	if (*nfrom == 0)
		return;
	*into = xrealloc(*into, (*n + *nfrom) * sizeof(struct spill *));
	memcpy(*into + *n, *from, *nfrom * sizeof(struct spill *));
	*n += *nfrom;
	*nfrom = 0;
}

static bool
quantiles_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct quantiles *s = into, *f = from;
	struct key_block **last = &f->block;
	int64_t count = s->count + f->count, others = s->others + f->others;

	(void)rows_before, (void)m, (void)err;
	for (size_t i = 0; i < f->nother; i++)
		add_other(s, f->other[i]);
	while (*last != NULL)
		last = &(*last)->next;
	*last = s->block;
	s->block = f->block;
	s->bytes += f->bytes - f->other_cap * sizeof(*f->other);
	s->count = count;
	s->others = others;
	s->has_number |= f->has_number;
	s->has_time |= f->has_time;
	join_files(&s->key_file, &s->nkey_file, &f->key_file, &f->nkey_file);
	join_files(&s->other_file, &s->nother_file, &f->other_file, &f->nother_file);
	f->block = NULL;
	quantiles_fini(f);
	return true;
}

/* Spilling -------------------------------------------------------------------------------------------------------- */

static struct spill *
open_file(struct spill ***file, size_t *n, const char *folder, struct err *err)
{
	struct spill *new;

	if (*n > 0)
		return (*file)[0];
	new = spill_new(folder, err);
	if (new == NULL)
		return NULL;
	*file = xrealloc(*file, sizeof(struct spill *));
	(*file)[(*n)++] = new;
	return new;
}

static bool
spill_keys(struct quantiles *s, const char *folder, struct err *err)
{
	struct spill *file;

	if (s->block == NULL)
		return true;
	file = open_file(&s->key_file, &s->nkey_file, folder, err);
	if (file == NULL)
		return false;
	for (struct key_block *b; (b = s->block) != NULL;) {
		if (!spill_write(file, b->key, b->n * sizeof(b->key[0]), err))
			return false;
		s->block = b->next;
		s->bytes -= sizeof(*b) + b->cap * sizeof(b->key[0]);
		free(b);
	}
	return spill_flush(file, err);
}

static bool
quantiles_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	struct quantiles *s = state;
	struct spill *file;

	(void)m;
	if (!spill_keys(s, folder, err))
		return false;
	if (s->nother == 0)
		return true;
	file = open_file(&s->other_file, &s->nother_file, folder, err);
	if (file == NULL || !spill_write(file, s->other, s->nother * sizeof(*s->other), err) ||
	    !spill_flush(file, err))
		return false;
	free(s->other);
	s->bytes -= s->other_cap * sizeof(*s->other);
	s->other = NULL;
	s->nother = s->other_cap = 0;
	return true;
}

/* Looking --------------------------------------------------------------------------------------------------------- */

/* Equals of different kinds (1 and 1.0) have an order too, so that the answer does not depend on the order of rows. */
static int
by_value(struct value x, struct value y)
{
	int order = value_order(x, y);

	return order != 0 ? order : (x.kind > y.kind) - (x.kind < y.kind);
}

/* All that there is goes through here: keys as they are, or (where there are others) values. */
struct walk {
	const struct quantiles *s;
	struct type type;
	void (*keys)(void *ctx, const uint64_t *key, size_t n);
	void (*values)(void *ctx, const struct value *v, size_t n);
	void *ctx;
};

enum { WALK_KEYS = 1024 };

static void
walk_keys(const struct walk *w, const uint64_t *key, size_t n)
{
	struct value v[WALK_KEYS];

	if (w->s->others == 0) {
		w->keys(w->ctx, key, n);
		return;
	}
	for (size_t some; n > 0; n -= some, key += some) {
		some = MIN(n, (size_t)WALK_KEYS);
		for (size_t i = 0; i < some; i++)
			v[i] = order_key_value(key[i], w->type);
		w->values(w->ctx, v, some);
	}
}

static bool
walk_files(const struct walk *w, struct err *err)
{
	struct value v[WALK_KEYS];
	uint64_t key[WALK_KEYS];
	int64_t some;

	for (size_t i = 0; i < w->s->nkey_file; i++)
		for (int64_t at = 0, end = spill_size(w->s->key_file[i]); at < end; at += some) {
			some = MIN((int64_t)sizeof(key), end - at);
			if (!spill_read(w->s->key_file[i], at, key, (size_t)some, err))
				return false;
			walk_keys(w, key, (size_t)some / sizeof(key[0]));
		}
	for (size_t i = 0; i < w->s->nother_file; i++)
		for (int64_t at = 0, end = spill_size(w->s->other_file[i]); at < end; at += some) {
			some = MIN((int64_t)sizeof(v), end - at);
			if (!spill_read(w->s->other_file[i], at, v, (size_t)some, err))
				return false;
			w->values(w->ctx, v, (size_t)some / sizeof(v[0]));
		}
	return true;
}

static bool
walk(const struct walk *w, struct err *err)
{
	for (const struct key_block *b = w->s->block; b != NULL; b = b->next)
		walk_keys(w, b->key, b->n);
	if (w->s->nother > 0)
		w->values(w->ctx, w->s->other, w->s->nother);
	return walk_files(w, err);
}

static void
look_at_keys(void *ctx, const uint64_t *key, size_t n)
{
	ranks_look(ctx, key, n);
}

static void
look_at_values(void *ctx, const struct value *v, size_t n)
{
	uint64_t key[WALK_KEYS];

	for (size_t some; n > 0; n -= some, v += some) {
		some = MIN(n, (size_t)WALK_KEYS);
		for (size_t i = 0; i < some; i++)
			key[i] = order_key_common(v[i]);
		ranks_look(ctx, key, some);
	}
}

static bool
each_key(void *ctx, struct ranks *look, struct err *err)
{
	struct walk w = *(struct walk *)ctx;

	w.keys = look_at_keys;
	w.values = look_at_values;
	w.ctx = look;
	return walk(&w, err);
}

/* Different values that have a wanted key in common, and how often each is there. */
struct alike {
	struct value v;
	int64_t count;
};
struct telling {
	const struct rank *rank;
	size_t nrank;
	struct alike *v;
	size_t n, cap;
};

static bool
is_wanted(const struct telling *t, uint64_t key)
{
	size_t lo = 0, hi = t->nrank;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->rank[mid].key == key)
			return true;
		if (t->rank[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static void
tell_values(void *ctx, const struct value *v, size_t n)
{
	struct telling *t = ctx;

	for (size_t i = 0; i < n; i++) {
		size_t lo = 0, hi = t->n;

		if (!is_wanted(t, order_key_common(v[i])))
			continue;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (by_value(t->v[mid].v, v[i]) < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo < t->n && by_value(t->v[lo].v, v[i]) == 0) {
			t->v[lo].count++;
			continue;
		}
		if (t->n == t->cap) {
			t->cap = MAX(2 * t->cap, 64);
			t->v = xrealloc(t->v, t->cap * sizeof(*t->v));
		}
		memmove(t->v + lo + 1, t->v + lo, (t->n++ - lo) * sizeof(*t->v));
		t->v[lo] = (struct alike){v[i], 1};
	}
}

/* The values of the ranks, where some have to be told apart. */
static bool
tell_apart(struct walk *w, const struct rank *rank, size_t n, struct value *ret, struct err *err)
{
	struct telling t = {.rank = rank, .nrank = n};
	bool ok;

	w->values = tell_values;
	w->ctx = &t;
	ok = walk(w, err);
	for (size_t i = 0, first = 0; ok && i < n; i++) {
		int64_t within = rank[i].within;

		while (first < t.n && order_key_common(t.v[first].v) < rank[i].key)
			first++;
		for (size_t k = first; k < t.n; within -= t.v[k++].count) {
			ret[i] = t.v[k].v;
			if (within < t.v[k].count)
				break;
		}
	}
	free(t.v);
	return ok;
}

static int
by_rank(const void *a, const void *b)
{
	int64_t x = ((const struct rank *)a)->rank, y = ((const struct rank *)b)->rank;

	return (x > y) - (x < y);
}

/* value[n]: what stands at the ranks, which are sorted. */
static bool
find_values(const struct quantiles *s, struct type t, struct rank *rank, size_t n, struct value *value,
            struct err *err)
{
	struct walk w = {.s = s, .type = t};

	if (!ranks_find(rank, n, each_key, &w, err))
		return false;
	if (s->others > 0)
		return tell_apart(&w, rank, n, value, err);
	for (size_t i = 0; i < n; i++)
		value[i] = order_key_value(rank[i].key, t);
	return true;
}

/* For each ratio the values on both sides; NULL with *err. */
static struct value *
list_values(const struct quantiles *s, const struct metric *m, struct arena *a, struct err *err)
{
	uint32_t n = 2 * m->params.nratio;
	struct value *list = ARENA_ARRAY(a, struct value, n), *value = ARENA_ARRAY(a, struct value, n);
	struct rank *rank = ARENA_ARRAY(a, struct rank, n);

	for (uint32_t i = 0; i < n; i++) {
		double at = m->params.ratios[i / 2] * (double)(s->count - 1);

		rank[i].rank = (int64_t)(i % 2 == 0 ? floor(at) : ceil(at));
	}
	qsort(rank, n, sizeof(*rank), by_rank);
	if (!find_values(s, m->arg[0]->type, rank, n, value, err))
		return NULL;
	for (uint32_t i = 0; i < n; i++) {
		double at = m->params.ratios[i / 2] * (double)(s->count - 1);
		struct rank want = {.rank = (int64_t)(i % 2 == 0 ? floor(at) : ceil(at))};
		const struct rank *found = bsearch(&want, rank, n, sizeof(*rank), by_rank);

		list[i] = value[found - rank];
	}
	return list;
}

/* Between two values by the share of the way; from the nearer end, so that no digit of it is lost. */
static double
linear(double low, double high, double part)
{
	if (low == high || part == 0)
		return low;
	return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

static void
quantiles_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct quantiles *s = state;

	ret->count = s->count;
	if (s->has_number && s->has_time) {
		ret->failed = !err_set(&ret->err, ERR_EVAL, NOWHERE, "there are both numbers and times");
		return;
	}
	if (s->count == 0)
		return;
	ret->list = list_values(s, m, a, &ret->err);
	ret->failed = ret->list == NULL;
	ret->nlist = ret->failed ? 0 : 2 * m->params.nratio;
	if (ret->nlist > 0 && value_is_numeric(ret->list[0])) {
		double at = m->params.ratios[0] * (double)(s->count - 1);

		double low = value_to_f64(ret->list[0]), high = value_to_f64(ret->list[1]);

		ret->v = value_real(m->params.flag               ? linear(low, high, at - floor(at))
		                    : nearbyint(at) == floor(at) ? low
		                                                 : high);
	}
}

static size_t
quantiles_bytes(const void *state)
{
	const struct quantiles *s = state;

	return s->bytes;
}

/* Saved: the keys sorted, each as the distance from the one before, then the others. */
static bool
quantiles_save(void *state, const struct metric *m, struct buf *b)
{
	struct quantiles *s = state;
	size_t n = (size_t)(s->count - s->others), at = 0;
	uint64_t *key, before = 0;

	(void)m;
	if (s->nkey_file > 0 || s->nother_file > 0 || (size_t)s->count > b->max - b->n)
		return false;
	pack_bool(b, s->has_number);
	pack_bool(b, s->has_time);
	key = xmalloc(MAX(n, 1) * sizeof(*key));
	for (const struct key_block *k = s->block; k != NULL; at += k->n, k = k->next)
		memcpy(key + at, k->key, k->n * sizeof(*key));
	keybag_sort(key, n, 1);
	pack_u64(b, n);
	for (size_t i = 0; i < n; before = key[i++])
		pack_u64(b, key[i] - before);
	free(key);
	pack_u64(b, s->nother);
	for (size_t i = 0; i < s->nother; i++)
		pack_value(b, s->other[i]);
	return !b->full;
}

static void
quantiles_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct quantiles *s = state;
	uint64_t key = 0;

	(void)m, (void)part;
	s->has_number = unpack_bool(u);
	s->has_time = unpack_bool(u);
	for (size_t n = unpack_number(u, 1); n > 0 && !u->bad; n--)
		add_key(s, key += unpack_u64(u));
	for (size_t n = unpack_number(u, 1); n > 0 && !u->bad; n--) {
		struct value v = unpack_scalar(u);

		if (value_is_numeric(v) ? !s->has_number : !type_is_temporal(value_type(v)) || !s->has_time)
			unpack_spoil(u);
		else
			add_other(s, v);
	}
}

/* count: values n; list: for each ratio q of params.ratios the values of ranks floor(q (n - 1)) and ceil(q (n - 1)); none if n = 0.  v: of numbers, the nearer of the first two, or (flag) what lies between them. */
const struct metric_kind metric_quantiles = {
	.name = "quantiles",
	.doc = "The values on both sides of each quantile, exactly.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct quantiles),
	.need = NEED_VALUE,
	.init = quantiles_init,
	.update = quantiles_update,
	.merge = quantiles_merge,
	.final = quantiles_final,
	.bytes = quantiles_bytes,
	.spill = quantiles_spill,
	.fini = quantiles_fini,
	.save = quantiles_save,
	.load = quantiles_load,
};
