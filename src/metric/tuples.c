#include "metric/tuples.h"

#include <math.h>

#include "metric/state.h"

static enum tuple_class
class_of(struct type t, uint8_t *scale)
{
	*scale = 0;
	switch (t.kind) {
	case TYPE_BOOLEAN:
	case TYPE_INTEGER:
		return TUPLE_NUMBER;
	case TYPE_DECIMAL:
		*scale = t.scale;
		return TUPLE_NUMBER;
	case TYPE_NUMBER:
		return TUPLE_REAL;
	case TYPE_DATE:
		return TUPLE_DAY;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return TUPLE_TIME;
	default:
		return TUPLE_WIDE;
	}
}

void
tuples_init(struct tuples *t, const struct metric *m, bool distinct)
{
	*t = (struct tuples){0};
	if (m->nargs == 1)
		t->class = class_of(m->arg[0]->type, &t->scale);
	keybag_init(&t->narrow, 1, distinct);
	keybag_init(&t->wide, 2, distinct);
}

void
tuples_fini(struct tuples *t)
{
	keybag_fini(&t->narrow);
	keybag_fini(&t->wide);
}

static bool
number_key(struct value v, uint8_t scale, int64_t *key)
{
	struct decimal d = {.coeff = v.kind == VALUE_BOOL ? v.b : v.i};

	if (v.kind == VALUE_DECIMAL)
		d = v.d;
	else if (v.kind == VALUE_REAL && fabs(v.r) < 0x1p63 && v.r == trunc(v.r))
		d.coeff = (int64_t)v.r;
	else if (v.kind == VALUE_REAL) {
		/* A double among decimals: the nearest of them, if it is that number. */
		double near = nearbyint(v.r * pow(10, scale));

		if (!(fabs(near) < 0x1p63))
			return false;
		d = (struct decimal){.coeff = (int64_t)near, .scale = scale};
		if (!value_eq(v, (struct value){.kind = VALUE_DECIMAL, .d = d}))
			return false;
	}
	if (!decimal_rescale(d, scale, &d) || d.coeff > INT64_MAX || d.coeff < INT64_MIN)
		return false;
	*key = (int64_t)d.coeff;
	return true;
}

static int64_t
real_bits(double r)
{
	int64_t bits;

	r += 0.0; /* -0 is 0 */
	memcpy(&bits, &r, sizeof(bits));
	return bits;
}

static bool
real_key(struct value v, int64_t *key)
{
	double r = value_to_f64(v);

	if (v.kind != VALUE_REAL && !value_eq(v, value_real(r)))
		return false;
	*key = real_bits(r);
	return true;
}

/* The narrow key of a value, if it has one. */
static bool
narrow_key(const struct tuples *t, struct value v, int64_t *key)
{
	switch (t->class) {
	case TUPLE_NUMBER:
		return value_is_numeric(v) && number_key(v, t->scale, key);
	case TUPLE_REAL:
		return value_is_numeric(v) && real_key(v, key);
	case TUPLE_DAY:
		*key = v.kind == VALUE_DATE ? v.i : v.i / US_PER_DAY;
		return v.kind == VALUE_DATE ||
		       ((v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ) && v.i % US_PER_DAY == 0);
	case TUPLE_TIME:
		*key = v.i;
		if (v.kind == VALUE_DATE)
			return !__builtin_mul_overflow(v.i, US_PER_DAY, key);
		return v.kind == VALUE_TIME || v.kind == VALUE_TIMETZ;
	case TUPLE_WIDE:
		break;
	}
	return false;
}

/* A value with that key: any will do, since equal values hash alike. */
static struct value
value_of_key(const struct tuples *t, int64_t key)
{
	double r;

	switch (t->class) {
	case TUPLE_REAL:
		memcpy(&r, &key, sizeof(r));
		return value_real(r);
	case TUPLE_DAY:
		return (struct value){.kind = VALUE_DATE, .i = key};
	case TUPLE_TIME:
		return (struct value){.kind = VALUE_TIME, .i = key};
	default:
		return (struct value){.kind = VALUE_DECIMAL, .d = {.coeff = key, .scale = t->scale}};
	}
}

/* May the vector's numbers go into the narrow bag as they are? */
static bool
is_direct(const struct tuples *t, const struct vector *v)
{
	if (v->rep == REP_F64)
		return t->class == TUPLE_REAL;
	if (v->rep != REP_I64)
		return false;
	switch (v->type.kind) {
	case TYPE_INTEGER:
		return t->class == TUPLE_NUMBER && t->scale == 0;
	case TYPE_DECIMAL:
		return t->class == TUPLE_NUMBER && t->scale == v->type.scale;
	case TYPE_DATE:
		return t->class == TUPLE_DAY;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return t->class == TUPLE_TIME;
	default:
		return false;
	}
}

static void
add_direct(struct tuples *t, const struct vector *v, const uint64_t *selected)
{
	uint64_t key[VECTOR_ROWS];
	size_t n = 0;

	for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++) {
		uint64_t mask = v->valid[w] & selected[w];

		if (mask == UINT64_MAX && v->rep == REP_I64) {
			memcpy(key + n, v->i64 + w * 64, 64 * sizeof(*key));
			n += 64;
			continue;
		}
		for (; mask != 0; mask &= mask - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(mask);

			key[n++] = (uint64_t)(v->rep == REP_F64 ? real_bits(v->f64[i]) : v->i64[i]);
		}
	}
	keybag_add(&t->narrow, key, n);
}

void
tuples_add(struct tuples *t, const struct metric *m, const struct metric_batch *b)
{
	struct value v[METRIC_ARGS_MAX];

	if (m->nargs == 1 && is_direct(t, b->arg[0])) {
		add_direct(t, b->arg[0], b->selected);
		return;
	}
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		uint64_t mask = b->selected[w] & (m->nargs == 1 ? b->arg[0]->valid[w] : UINT64_MAX);

		for (; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);
			int64_t key;

			for (uint32_t j = 0; j < m->nargs; j++)
				v[j] = vector_value(b->arg[j], i);
			if (m->nargs == 1 && narrow_key(t, v[0], &key)) {
				keybag_add(&t->narrow, (const uint64_t *)&key, 1);
				continue;
			}
			struct hash128 h = tuple_hash(v, m->nargs);
			keybag_add(&t->wide, (const uint64_t[]){h.lo, h.hi}, 1);
		}
	}
}

void
tuples_merge(struct tuples *t, struct tuples *from)
{
	keybag_merge(&t->narrow, &from->narrow);
	keybag_merge(&t->wide, &from->wide);
}

size_t
tuples_bytes(const struct tuples *t)
{
	return keybag_bytes(&t->narrow) + keybag_bytes(&t->wide);
}

bool
tuples_spill(struct tuples *t, const char *folder, struct err *err)
{
	return keybag_spill(&t->narrow, folder, err) && keybag_spill(&t->wide, folder, err);
}

int64_t
tuples_pieces(struct tuples *t)
{
	return (keybag_share(&t->narrow) + keybag_share(&t->wide)) * KEYBAG_PIECES;
}

void
tuples_piece(struct tuples *t, int64_t i)
{
	bool narrow = t->narrow.counted != NULL && i < KEYBAG_PIECES;

	keybag_count_piece(narrow ? &t->narrow : &t->wide, (size_t)i % KEYBAG_PIECES);
}

bool
tuples_distinct(struct tuples *t, int64_t *ret, struct err *err)
{
	struct keybag_count narrow, wide;

	if (!keybag_count(&t->narrow, NULL, NULL, &narrow, err) ||
	    !keybag_count(&t->wide, NULL, NULL, &wide, err))
		return false;
	*ret = narrow.distinct + wide.distinct;
	return true;
}

struct keeping {
	const struct tuples *t;
	struct keyset *keys;
	int64_t max, told;
	bool cut;
};

static void
keep(struct keeping *k, struct hash128 h)
{
	k->told++;
	if (keyset_size(k->keys) < k->max)
		keyset_add(k->keys, h);
	else
		k->cut = true;
}

static void
keep_narrow(void *ctx, const uint64_t *key)
{
	struct keeping *k = ctx;
	struct value v = value_of_key(k->t, (int64_t)key[0]);

	keep(k, tuple_hash(&v, 1));
}

static void
keep_wide(void *ctx, const uint64_t *key)
{
	keep(ctx, (struct hash128){.lo = key[0], .hi = key[1]});
}

bool
tuples_repeated(struct tuples *t, struct keyset *keys, int64_t max, bool *cut, struct tuples_repeated *ret,
                struct err *err)
{
	struct keeping k = {.t = t, .keys = keys, .max = max};
	struct keybag_count narrow, wide;

	if (!keybag_count(&t->narrow, keep_narrow, &k, &narrow, err) ||
	    !keybag_count(&t->wide, keep_wide, &k, &wide, err))
		return false;
	*ret = (struct tuples_repeated){.rows = narrow.repeated + wide.repeated, .tuples = k.told};
	*cut = k.cut;
	return true;
}

/* Hashes of tuples come in no order: sorted, they take 16 bytes each, and can lie in a file. */
struct collecting {
	const struct tuples *t;
	const char *folder; /* NULL: what they are of was in memory, so they may be */
	struct keybag bag;
	int64_t told;
	bool fine;
	struct err *err;
};

enum { COLLECTED_BYTES = 32 << 20 };

static void
collect(struct collecting *c, struct hash128 h)
{
	c->told++;
	if (!c->fine)
		return;
	keybag_add(&c->bag, (const uint64_t[]){h.lo, h.hi}, 1);
	if (c->folder != NULL && keybag_bytes(&c->bag) > COLLECTED_BYTES)
		c->fine = keybag_spill(&c->bag, c->folder, c->err);
}

static void
collect_narrow(void *ctx, const uint64_t *key)
{
	struct collecting *c = ctx;
	struct value v = value_of_key(c->t, (int64_t)key[0]);

	collect(c, tuple_hash(&v, 1));
}

static void
collect_wide(void *ctx, const uint64_t *key)
{
	collect(ctx, (struct hash128){.lo = key[0], .hi = key[1]});
}

bool
tuples_all_repeated(struct tuples *t, const char *folder, struct keyset **keys, struct tuples_repeated *ret,
                    struct err *err)
{
	struct collecting c = {.t = t, .folder = folder, .fine = true, .err = err};
	struct keybag_count narrow, wide;
	bool ok;

	keybag_init(&c.bag, 2, true);
	ok = keybag_count(&t->narrow, collect_narrow, &c, &narrow, err) &&
	     keybag_count(&t->wide, collect_wide, &c, &wide, err) && c.fine &&
	     keyset_of_bag(&c.bag, folder, keys, err);
	keybag_fini(&c.bag);
	if (ok)
		*ret = (struct tuples_repeated){.rows = narrow.repeated + wide.repeated, .tuples = c.told};
	return ok;
}

bool
tuples_save(struct tuples *t, struct buf *b)
{
	return pack_keys(b, &t->narrow) && pack_keys(b, &t->wide);
}

void
tuples_load(struct tuples *t, struct unpack *u)
{
	unpack_keys(u, &t->narrow);
	unpack_keys(u, &t->wide);
}
