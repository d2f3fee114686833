/*
 * Membership.  The members are put into a table once: integers and scaled decimals as 64-bit keys, texts of up to 16 bytes as
 * 128 bits.  Longer texts and other kinds are looked up by their hash and compared.
 *
 * Few short texts get a second table, in which no two of them share a place: a text of a column is then in the set if it is the one
 * at its place, which takes neither a loop nor a branch.
 */
#include "metric/keyset.h"
#include "scan/eval.h"

struct key128 {
	uint64_t lo, hi;
};

struct in_set {
	bool exotic;  /* it takes more than a look-up: nothing below is meant */
	enum rep rep; /* what it was built for: I64 or TEXT */
	struct type type;
	size_t mask;    /* slots - 1 */
	uint32_t *slot; /* index + 1 of a member, 0 = free */
	uint32_t n;
	int64_t *i64;
	struct key128 *key; /* TEXT: meant for lengths up to SHORT */
	struct sv *text;
	struct place *place; /* TEXT: [1 << PLACE_BITS]; NULL: no such table was found */
	uint64_t multiplier;
};

enum {
	SHORT = 16,
	PLACE_BITS = 10,
	PLACED_MAX = 96, /* that many find a table within some hundred tries */
	TRIES = 4096
};

/* A member by its bytes, zeros behind them.  Free: a length that no text has. */
struct place {
	uint64_t lo, hi;
	uint64_t n;
};

static uint64_t
load(const char *p, size_t n)
{
	uint64_t ret = 0;

	memcpy(&ret, p, n);
	return ret;
}

/*
 * The bytes of a text of at most SHORT bytes, read by two loads that may overlap: texts of one length have the same key only if they
 * are the same.  Lengths are compared apart.
 */
static struct key128
short_key(struct sv s)
{
	if (s.n >= 8)
		return (struct key128){.lo = load(s.p, 8), .hi = load(s.p + s.n - 8, 8)};
	if (s.n >= 4)
		return (struct key128){.lo = load(s.p, 4), .hi = load(s.p + s.n - 4, 4)};
	if (s.n == 0)
		return (struct key128){0};
	return (struct key128){.lo = load(s.p, 1),
	                       .hi = load(s.p + s.n / 2, 1) << 8 | load(s.p + s.n - 1, 1)};
}

static uint64_t
text_hash(struct sv s, struct key128 k)
{
	if (s.n > SHORT)
		return hash64(s);
	return (k.lo * UINT64_C(0x9e3779b97f4a7c15)) ^ hash64_u64(k.hi + s.n);
}

static bool
find_i64(const struct in_set *set, int64_t i, size_t *slot)
{
	for (*slot = hash64_u64((uint64_t)i) & set->mask; set->slot[*slot] != 0;
	     *slot = (*slot + 1) & set->mask)
		if (set->i64[set->slot[*slot] - 1] == i)
			return true;
	return false;
}

static bool
same_text(const struct in_set *set, uint32_t m, struct sv s, struct key128 k)
{
	if (set->text[m].n != s.n)
		return false;
	if (s.n > SHORT)
		return memcmp(set->text[m].p, s.p, s.n) == 0;
	return set->key[m].lo == k.lo && set->key[m].hi == k.hi;
}

static bool
find_text(const struct in_set *set, struct sv s, size_t *slot)
{
	struct key128 k = s.n <= SHORT ? short_key(s) : (struct key128){0};
	uint64_t h = text_hash(s, k);

	for (*slot = (h ^ h >> 32) & set->mask; set->slot[*slot] != 0; *slot = (*slot + 1) & set->mask)
		if (same_text(set, set->slot[*slot] - 1, s, k))
			return true;
	return false;
}

/* The member in the units of an I64 column; false if no row can equal it, *exotic if that takes more to decide. */
static bool
member_i64(struct type t, struct value v, int64_t *ret, bool *exotic)
{
	struct value cast;

	*exotic = false;
	if (type_is_temporal(t)) {
		*exotic = value_type(v).kind != t.kind;
		*ret = v.i;
		return !*exotic;
	}
	if (!value_is_numeric(v) || !value_cast(t, v, &cast))
		return false;
	if (t.kind != TYPE_DECIMAL) {
		*ret = cast.kind == VALUE_BOOL ? cast.b : cast.i;
		return cast.kind == VALUE_INT || cast.kind == VALUE_BOOL;
	}
	if (!decimal_rescale(cast.d, t.scale, &cast.d) || cast.d.coeff > INT64_MAX ||
	    cast.d.coeff < INT64_MIN)
		return false;
	*ret = (int64_t)cast.d.coeff;
	return true;
}

static bool
add_member(struct in_set *set, struct value v)
{
	size_t slot;
	bool exotic;

	if (set->rep == REP_TEXT) {
		if (v.kind != VALUE_TEXT || find_text(set, v.s, &slot))
			return true;
		set->text[set->n] = v.s;
		if (v.s.n <= SHORT)
			set->key[set->n] = short_key(v.s);
	} else {
		int64_t i;

		if (!member_i64(set->type, v, &i, &exotic))
			return !exotic;
		if (find_i64(set, i, &slot))
			return true;
		set->i64[set->n] = i;
	}
	set->slot[slot] = ++set->n;
	return true;
}

/* The first 16 bytes, zeros behind the end; the text is followed by as many readable bytes. */
static inline struct key128
padded_key(const char *p, size_t n)
{
	static const uint64_t mask[] = {0,          0xFF,         0xFFFF,         0xFFFFFF,
	                                0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF,
	                                UINT64_MAX, UINT64_MAX,   UINT64_MAX,     UINT64_MAX,
	                                UINT64_MAX, UINT64_MAX,   UINT64_MAX,     UINT64_MAX,
	                                UINT64_MAX};
	struct key128 k;
	size_t in = MIN(n, (size_t)SHORT);

	memcpy(&k.lo, p, sizeof(k.lo));
	memcpy(&k.hi, p + sizeof(k.lo), sizeof(k.hi));
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	k = (struct key128){__builtin_bswap64(k.lo), __builtin_bswap64(k.hi)};
#endif
	k.lo &= mask[in];
	k.hi &= in > 8 ? mask[in - 8] : 0;
	return k;
}

static inline struct place *
place_of(const struct in_set *set, struct key128 k)
{
	uint64_t mixed = (k.lo ^ (k.hi << 32 | k.hi >> 32)) * set->multiplier;

	return &set->place[(mixed ^ k.hi * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - PLACE_BITS)];
}

/* Puts all members at their places; false if two of them share one. */
static bool
place_members(struct in_set *set)
{
	for (size_t i = 0; i < (size_t)1 << PLACE_BITS; i++)
		set->place[i] = (struct place){.n = UINT64_MAX};
	for (uint32_t i = 0; i < set->n; i++) {
		char padded[2 * SHORT] = {0};

		memcpy(padded, set->text[i].p != NULL ? set->text[i].p : "", set->text[i].n);

		struct key128 k = padded_key(padded, set->text[i].n);
		struct place *p = place_of(set, k);

		if (p->n != UINT64_MAX)
			return false;
		*p = (struct place){.lo = k.lo, .hi = k.hi, .n = set->text[i].n};
	}
	return true;
}

static void
find_places(struct eval *e, struct in_set *set)
{
	if (set->n > PLACED_MAX)
		return;
	for (uint32_t i = 0; i < set->n; i++)
		if (set->text[i].n > SHORT)
			return;
	set->place = ARENA_ARRAY(e->keep, struct place, (size_t)1 << PLACE_BITS);
	for (uint64_t i = 0; i < TRIES; i++) {
		set->multiplier = hash64_u64(i) | 1;
		if (place_members(set))
			return;
	}
	set->place = NULL;
}

static struct in_set *
build(struct eval *e, const struct vector *v, struct value list)
{
	struct in_set *set = ARENA_NEW(e->keep, struct in_set);
	size_t slots = 16;

	while (slots < (size_t)list.n * 2)
		slots *= 2;
	set->rep = v->rep;
	set->type = v->type;
	set->mask = slots - 1;
	set->slot = ARENA_ARRAY(e->keep, uint32_t, slots);
	if (v->rep == REP_TEXT) {
		set->key = ARENA_ARRAY(e->keep, struct key128, list.n);
		set->text = ARENA_ARRAY(e->keep, struct sv, list.n);
	} else {
		set->i64 = ARENA_ARRAY(e->keep, int64_t, list.n);
	}
	for (uint32_t i = 0; i < list.n; i++)
		if (!add_member(set, list.list[i]))
			set->exotic = true;
	if (v->rep == REP_TEXT && !set->exotic)
		find_places(e, set);
	return set;
}

static uint64_t
placed_word(const struct in_set *set, const struct sv *text, uint64_t valid, uint32_t n)
{
	uint64_t word = 0;

	for (uint32_t j = 0; j < n; j++) {
		struct key128 k = padded_key(text[j].p, text[j].n);
		const struct place *p = place_of(set, k);

		word |= (uint64_t)((p->lo == k.lo) & (p->hi == k.hi) & (p->n == text[j].n)) << j;
	}
	return word & valid;
}

static uint64_t
looked_up_word(const struct in_set *set, const struct vector *v, size_t w, uint64_t valid)
{
	uint64_t word = 0;

	for (; valid != 0; valid &= valid - 1) {
		uint32_t j = (uint32_t)__builtin_ctzll(valid);
		size_t i = w * 64 + j, slot;
		bool in = v->rep == REP_TEXT ? find_text(set, v->text[i], &slot)
		                             : find_i64(set, v->i64[i], &slot);

		word |= (uint64_t)in << j;
	}
	return word;
}

static bool
fits(const struct in_set *set, const struct vector *v)
{
	return set != NULL && set->rep == v->rep && set->type.kind == v->type.kind &&
	       set->type.scale == v->type.scale;
}

bool
eval_in(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	const struct vector *v = eval_arg(e, x->arg[0]);

	if (v == NULL || (v->rep != REP_I64 && v->rep != REP_TEXT) || v->type.kind == TYPE_BINARY)
		return false;
	if (!fits(s->set, v))
		s->set = build(e, v, x->arg[1]->literal);
	if (s->set->exotic)
		return false;
	eval_strict(e, s, REP_BITS, x->type, v, NULL);
	/* A reader's own texts are padded, and those of rows that are null can be looked at. */
	bool placed = s->set->place != NULL && v->padded;

	for (size_t w = 0; w < BITMAP_WORDS(e->b->rows); w++)
		s->bits[w] = placed ? placed_word(s->set, v->text + w * 64, s->valid[w],
		                                  MIN(e->b->rows - (uint32_t)(w * 64), 64u))
		                    : looked_up_word(s->set, v, w, s->valid[w]);
	return true;
}

/* The tuple of a row; false if an element is null or an error. */
static bool
tuple_at(struct eval *e, const struct expr *x, uint32_t i, struct value *tuple, bool *error)
{
	bool full = true;

	*error = false;
	for (uint32_t j = 0; j < x->nargs; j++) {
		const struct vector *v = eval_arg(e, x->arg[j]);
		bool bad = false;

		if (v == NULL) {
			eval_constant(e, x->arg[j], &tuple[j], &bad);
		} else {
			tuple[j] = vector_value(v, i);
			bad = v->error != NULL && bit_get(v->error, i);
		}
		*error |= bad;
		full &= tuple[j].kind != VALUE_NULL;
	}
	return full && !*error;
}

/* A tuple with a null in it is null: it refers to nothing. */
bool
eval_in_keys(struct eval *e, const struct expr *x, struct eval_slot *s)
{
	struct value *tuple = ARENA_ARRAY(e->a, struct value, x->nargs);

	eval_out(e, s, REP_BITS, x->type);
	memset(s->bits, 0, EVAL_WORDS * sizeof(*s->bits));
	for (uint32_t i = 0; i < e->b->rows; i++) {
		bool error;

		if (tuple_at(e, x, i, tuple, &error)) {
			bit_set(s->valid, i);
			if (x->keys != NULL && keyset_has(x->keys, tuple_hash(tuple, x->nargs)))
				bit_set(s->bits, i);
		}
		/* Keys that were never filled are our mistake; it must not look like an answer. */
		if (error || x->keys == NULL) {
			bit_clear(s->valid, i);
			bit_set(eval_errors(e, s), i);
		}
	}
	return true;
}
