/*
 * Gaps: which whole numbers between the least and the greatest value are not there; or which windows of time have no value.
 *
 *	values   3 4 4 7 8            times    09:10  09:50  12:05          windows of an hour
 *	keys     3 4   7 8            keys        9      9     12
 *	missing      5 6              missing           10 11
 *
 * A key is a number, or the number of a window since 1970.  Windows of whole days are those of the column's time zone (weeks begin on
 * Monday), shorter ones are stretches of real time, so that a clock that is put forward leaves no gap.
 */
#include <math.h>
#include <stdlib.h>

#include "base/civil.h"
#include "metric/metric.h"
#include "metric/state.h"

enum { GAPS_KEPT = 20, LISTED_MAX = 1 << 22 };
#define SIGN ((uint64_t)1 << 63) /* flipped, so that unsigned keys are in the order of numbers */
#define US_PER_WEEK (7 * US_PER_DAY)
#define FIRST_MONDAY (4 * US_PER_DAY)

struct gaps {
	struct keybag bag;
	int64_t least, greatest; /* of the keys, if there are any */
	int64_t off;             /* values that are no whole numbers */
	bool any;
};

static void
gaps_init(void *state, const struct metric *m)
{
	struct gaps *s = state;

	(void)m;
	*s = (struct gaps){0};
	keybag_init(&s->bag, 1, true);
}

static void
gaps_fini(void *state)
{
	struct gaps *s = state;

	keybag_fini(&s->bag);
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
metric_gaps_window(struct type t, struct value v, int64_t every)
{
	const struct tz *zone = t.zone != NULL ? t.zone : tz_utc;
	const bool days = every % US_PER_DAY == 0;
	int64_t us = v.i, second;

	if (v.kind == VALUE_DATE)
		(void)civil_midnight_us(v.i, &us);
	if (v.kind == VALUE_TIMETZ && days)
		us = tz_to_local_us(zone, us);
	else if (v.kind != VALUE_TIMETZ && !days)
		tz_from_local(zone, us, &us, &second);
	if (every % US_PER_WEEK == 0 && __builtin_sub_overflow(us, FIRST_MONDAY, &us))
		us = INT64_MIN;
	return floor_div(us, every);
}

int64_t
metric_gaps_start(int64_t window, int64_t every)
{
	int64_t us;

	if (__builtin_mul_overflow(window, every, &us))
		return window < 0 ? INT64_MIN : INT64_MAX;
	return every % US_PER_WEEK == 0 ? us + FIRST_MONDAY : us;
}

/* The key of a value; false: it is none, which *off counts or *err tells. */
static bool
key_of(const struct metric *m, struct value v, int64_t *key, bool *off, struct err *err)
{
	char type[TYPE_TEXT_MAX];
	struct decimal whole;

	*off = false;
	if (m->params.flag && (v.kind == VALUE_DATE || v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ)) {
		*key = metric_gaps_window(m->arg[0]->type, v, m->params.number);
		return true;
	}
	if (!m->params.flag && v.kind == VALUE_INT) {
		*key = v.i;
		return true;
	}
	if (!m->params.flag && v.kind == VALUE_REAL) {
		*off = !(v.r == floor(v.r) && fabs(v.r) < 0x1p63);
		*key = *off ? 0 : (int64_t)v.r;
		return true;
	}
	if (!m->params.flag && v.kind == VALUE_DECIMAL) {
		*off = !decimal_rescale(v.d, 0, &whole) || whole.coeff > INT64_MAX || whole.coeff < INT64_MIN;
		*key = *off ? 0 : (int64_t)whole.coeff;
		return true;
	}
	return err_set(err, ERR_EVAL, NOWHERE, "there are values that are no %s: %s",
	               m->params.flag ? "times" : "numbers", type_text(value_type(v), type));
}

static void
add_keys(struct gaps *s, const int64_t *key, size_t n)
{
	uint64_t word[VECTOR_ROWS];

	for (size_t i = 0; i < n; i++) {
		s->least = s->any ? MIN(s->least, key[i]) : key[i];
		s->greatest = s->any ? MAX(s->greatest, key[i]) : key[i];
		s->any = true;
		word[i] = (uint64_t)key[i] ^ SIGN;
	}
	if (n > 0)
		keybag_add(&s->bag, word, n);
}

static bool
gaps_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct gaps *s = state;
	int64_t key[VECTOR_ROWS];
	size_t n = 0;

	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = v->valid[w] & b->selected[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)w * 64 + (uint32_t)__builtin_ctzll(mask);
			bool off;

			if (!key_of(m, vector_value(v, i), &key[n], &off, err))
				return false;
			s->off += off;
			n += !off &&
			     (n == 0 || key[n] != key[n - 1]); /* of neighbours in a window one will do */
		}
	add_keys(s, key, n);
	return true;
}

static bool
gaps_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct gaps *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	s->off += f->off;
	if (f->any) {
		s->least = s->any ? MIN(s->least, f->least) : f->least;
		s->greatest = s->any ? MAX(s->greatest, f->greatest) : f->greatest;
		s->any = true;
	}
	keybag_merge(&s->bag, &f->bag);
	return true;
}

/* The end ------------------------------------------------------------------------------------------------------- */

struct counting {
	int64_t least, step;
	int64_t on, off; /* distinct keys that are a whole number of steps from the least, and others */
};

static bool
count_keys(void *ctx, const uint64_t *key, size_t n, struct err *err)
{
	struct counting *c = ctx;

	(void)err;
	for (size_t i = 0; i < n; i++) {
		const __int128 k = (int64_t)(key[i] ^ SIGN);
		const bool on = (k - c->least) % c->step == 0;

		c->on += on;
		c->off += !on;
	}
	return true;
}

/* The first gaps, as lists of their first and last key; not of very many keys, or of those that lie in a file. */
static void
list_gaps(struct gaps *s, int64_t step, struct arena *a, struct metric_value *ret)
{
	struct value *list;
	const uint64_t *key;
	uint64_t *copy;
	size_t n;

	if (keybag_spilled(&s->bag) || keybag_size(&s->bag) > LISTED_MAX)
		return;
	key = keybag_keys(&s->bag, &n, &copy);
	list = ARENA_ARRAY(a, struct value, GAPS_KEPT);
	for (size_t i = 1, last = 0; i < n && ret->nlist < GAPS_KEPT; i++) {
		const __int128 before = (int64_t)(key[last] ^ SIGN), k = (int64_t)(key[i] ^ SIGN);
		struct value *ends;

		if ((k - s->least) % step != 0)
			continue; /* between the steps: it fills no gap */
		last = i;
		if (k - before <= step)
			continue;
		ends = ARENA_ARRAY(a, struct value, 2);
		ends[0] = value_int((int64_t)(before + step));
		ends[1] = value_int((int64_t)(k - step));
		list[ret->nlist++] = (struct value){.kind = VALUE_LIST, .n = 2, .list = ends};
	}
	free(copy);
	ret->list = list;
}

static void
gaps_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	struct gaps *s = state;
	const int64_t step = m->params.flag ? 1 : m->params.number;
	struct counting c = {.least = s->least, .step = step};
	struct value *v = ARENA_ARRAY(a, struct value, 5);
	__int128 missing = 0;

	if (s->any) {
		list_gaps(s, step, a, ret);
		if (!keybag_distinct(&s->bag, count_keys, &c, &ret->err)) {
			ret->failed = true;
			return;
		}
		missing = ((__int128)s->greatest - s->least) / step + 1 - c.on;
	}
	v[0] = value_int((int64_t)MIN(missing, (__int128)INT64_MAX));
	v[1] = s->any ? value_int(s->least) : VALUE_NONE;
	v[2] = s->any ? value_int(s->greatest) : VALUE_NONE;
	v[3] = value_int(c.on);
	v[4] = value_int(s->off + c.off);
	ret->v = (struct value){.kind = VALUE_LIST, .n = 5, .list = v};
	ret->count = v[0].i;
}

static size_t
gaps_bytes(const void *state)
{
	const struct gaps *s = state;

	return keybag_bytes(&s->bag);
}

static bool
gaps_spill(void *state, const struct metric *m, const char *folder, struct err *err)
{
	struct gaps *s = state;

	(void)m;
	return keybag_spill(&s->bag, folder, err);
}

static bool
gaps_save(void *state, const struct metric *m, struct buf *b)
{
	struct gaps *s = state;

	(void)m;
	pack_bool(b, s->any);
	pack_i64(b, s->least);
	pack_i64(b, s->greatest);
	pack_u64(b, (uint64_t)s->off);
	return pack_keys(b, &s->bag);
}

static void
gaps_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct gaps *s = state;

	(void)m, (void)part;
	s->any = unpack_bool(u);
	s->least = unpack_i64(u);
	s->greatest = unpack_i64(u);
	s->off = unpack_count(u);
	unpack_keys(u, &s->bag);
}

/*
 * params: number is the step between numbers, or with flag the length of a window in microseconds.  v: a list of how many keys are missing, the
 * least and the greatest key (null: there are none), how many are there, and how many values are off the steps.  list: the first
 * gaps, as [first, last] keys; it may be shorter than what v says.
 */
const struct metric_kind metric_gaps = {
	.name = "gaps",
	.doc = "Whole numbers, or windows of time, that are missing between the least and the greatest.",
	.class = STATE_SPILLING,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct gaps),
	.need = NEED_VALUE,
	.init = gaps_init,
	.update = gaps_update,
	.merge = gaps_merge,
	.final = gaps_final,
	.bytes = gaps_bytes,
	.spill = gaps_spill,
	.fini = gaps_fini,
	.save = gaps_save,
	.load = gaps_load,
};
