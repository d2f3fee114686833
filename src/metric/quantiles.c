/*
 * Quantiles: all values are kept, and the wanted ranks selected at the end.
 *
 * Nearly all values are 64-bit numbers.  They are kept as keys that order as the values do, in a list of blocks, so that states are merged
 * by joining lists:
 *
 *	integer, scaled decimal, time   the sign bit flipped
 *	double                          the sign bit flipped; of a negative one all bits
 *
 * What is no such number (in a column of mixed values, a decimal of more than 18 digits) is kept as a value, and everything is sorted then.
 */
#include <math.h>
#include <stdlib.h>

#include "metric/metric.h"

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
};

#define SIGN (UINT64_C(1) << 63)

static uint64_t
key_of_i64(int64_t i)
{
	return (uint64_t)i ^ SIGN;
}

static uint64_t
key_of_f64(double r)
{
	uint64_t bits;

	r += 0.0; /* -0 is 0 */
	memcpy(&bits, &r, sizeof(bits));
	return bits & SIGN ? ~bits : bits | SIGN;
}

static double
f64_of_key(uint64_t key)
{
	uint64_t bits = key & SIGN ? key ^ SIGN : ~key;
	double r;

	memcpy(&r, &bits, sizeof(r));
	return r;
}

/* The value behind a key of the column's type. */
static struct value
value_of_key(uint64_t key, struct type t)
{
	int64_t i = (int64_t)(key ^ SIGN);

	switch (t.kind) {
	case TYPE_NUMBER:
		return value_real(f64_of_key(key));
	case TYPE_DECIMAL:
		return (struct value){.kind = VALUE_DECIMAL, .d = {.coeff = i, .scale = t.scale}};
	case TYPE_DATE:
		return (struct value){.kind = VALUE_DATE, .i = i};
	case TYPE_TIMESTAMP:
		return (struct value){.kind = VALUE_TIME, .i = i};
	case TYPE_TIMESTAMPTZ:
		return (struct value){.kind = VALUE_TIMETZ, .i = i};
	default:
		return value_int(i);
	}
}

/* Which values have a key depends on the value and the column's type alone, not on how the reader brought it. */
static bool
key_of_value(struct value v, struct type t, uint64_t *key)
{
	struct decimal d;

	if (t.kind == TYPE_BOOLEAN)
		t.kind = TYPE_INTEGER;
	if ((!type_is_numeric(t) && !type_is_temporal(t)) || !value_cast(t, v, &v))
		return false;
	switch (v.kind) {
	case VALUE_REAL:
		*key = key_of_f64(v.r);
		return true;
	case VALUE_DECIMAL:
		if (!decimal_rescale(v.d, t.scale, &d) || d.coeff > INT64_MAX || d.coeff < INT64_MIN)
			return false;
		*key = key_of_i64((int64_t)d.coeff);
		return true;
	default:
		*key = key_of_i64(v.i);
		return true;
	}
}

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
	if (key_of_value(v, t, &key))
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

/* May the numbers of the vector become keys as they are? */
static bool
is_direct(const struct vector *v, struct type t)
{
	if (v->type.kind != t.kind || (t.kind == TYPE_DECIMAL && v->type.scale != t.scale))
		return false;
	return v->rep == REP_I64 || (v->rep == REP_F64 && t.kind == TYPE_NUMBER);
}

static bool
quantiles_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct type t = m->arg[0]->type;
	struct quantiles *s = state;
	bool direct = is_direct(v, t);

	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		uint64_t mask = v->valid[w] & b->selected[w];

		if (direct && mask != 0)
			*(type_is_temporal(t) ? &s->has_time : &s->has_number) = true;
		for (; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			if (direct)
				add_key(s, v->rep == REP_F64 ? key_of_f64(v->f64[i]) : key_of_i64(v->i64[i]));
			else if (!add_value(s, vector_value(v, i), t, err))
				return false;
		}
	}
	return true;
}

static bool
quantiles_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct quantiles *s = into, *f = from;
	struct key_block **last = &f->block;

	(void)rows_before, (void)m, (void)err;
	for (size_t i = 0; i < f->nother; i++)
		add_other(s, f->other[i]);
	while (*last != NULL)
		last = &(*last)->next;
	*last = s->block;
	s->block = f->block;
	s->count += f->count - (int64_t)f->nother;
	s->bytes += f->bytes - f->other_cap * sizeof(*f->other);
	s->has_number |= f->has_number;
	s->has_time |= f->has_time;
	f->block = NULL;
	free(f->other);
	*f = (struct quantiles){0};
	return true;
}

/* The key of a rank (from 0), its digits found one after another by counting: no memory, and no order of keys makes it slow. */
static uint64_t
select_key(const struct quantiles *s, int64_t rank)
{
	enum { DIGIT = 8, DIGITS = 1 << DIGIT };
	uint64_t prefix = 0, known = 0;

	for (int shift = 64 - DIGIT; shift >= 0; shift -= DIGIT) {
		int64_t count[DIGITS] = {0};
		uint64_t digit = 0;

		for (const struct key_block *b = s->block; b != NULL; b = b->next)
			for (size_t i = 0; i < b->n; i++)
				if ((b->key[i] & known) == prefix)
					count[b->key[i] >> shift & (DIGITS - 1)]++;
		while (rank >= count[digit])
			rank -= count[digit++];
		prefix |= digit << shift;
		known |= (uint64_t)(DIGITS - 1) << shift;
	}
	return prefix;
}

/* Equals of different kinds (1 and 1.0) have an order too, so that the answer does not depend on the order of rows. */
static int
by_value(const void *a, const void *b)
{
	const struct value *x = a, *y = b;
	int order = value_order(*x, *y);

	return order != 0 ? order : (x->kind > y->kind) - (x->kind < y->kind);
}

static void
sort_all(struct quantiles *s, struct type t)
{
	struct key_block *b = s->block;

	s->block = NULL;
	s->count = (int64_t)s->nother;
	for (struct key_block *next; b != NULL; b = next) {
		next = b->next;
		for (size_t i = 0; i < b->n; i++)
			add_other(s, value_of_key(b->key[i], t));
		free(b);
	}
	qsort(s->other, s->nother, sizeof(*s->other), by_value);
}

static struct value
value_at(const struct quantiles *s, int64_t rank, struct type t)
{
	return s->nother > 0 ? s->other[rank] : value_of_key(select_key(s, rank), t);
}

static void
quantiles_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct type t = m->arg[0]->type;
	struct quantiles *s = state;

	ret->count = s->count;
	if (s->has_number && s->has_time) {
		ret->failed = !err_set(&ret->err, ERR_EVAL, NOWHERE, "there are both numbers and times");
		return;
	}
	if (s->count == 0)
		return;
	if (s->nother > 0)
		sort_all(s, t);
	struct value *list = ARENA_ARRAY(a, struct value, 2 * m->params.nratio);
	for (uint32_t i = 0; i < m->params.nratio; i++) {
		double at = m->params.ratios[i] * (double)(s->count - 1);
		int64_t low = (int64_t)floor(at), high = (int64_t)ceil(at);

		list[2 * i] = value_at(s, low, t);
		list[2 * i + 1] = high == low ? list[2 * i] : value_at(s, high, t);
	}
	ret->list = list;
	ret->nlist = 2 * m->params.nratio;
}

static size_t
quantiles_bytes(const void *state)
{
	const struct quantiles *s = state;

	return s->bytes;
}

static void
quantiles_fini(void *state)
{
	struct quantiles *s = state;

	for (struct key_block *b = s->block, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(s->other);
	*s = (struct quantiles){0};
}

/* count: values n; list: for each ratio q of params.ratios the values of ranks floor(q (n - 1)) and ceil(q (n - 1)); none if n = 0. */
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
	.fini = quantiles_fini,
};
