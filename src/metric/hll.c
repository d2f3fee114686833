/*
 * How many distinct values there are, approximately: HyperLogLog.
 *
 * A hash is cut into a number of a register and the rest, and a register keeps how many zeros a rest began with at most:
 *
 *	hash   [ 16 bits: register ][ 0 0 0 1 … ]  rank 4
 *
 * Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm" (2007); the estimate is
 * that of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), section 4: without tables, and good from zero to 2^64.
 * The standard error is 1.04 / sqrt(registers), about 0.41 %.  The bound given is five of them: one result in a million lies beyond.
 *
 * Up to some thousand values their hashes are kept themselves, and the result is exact.  The state is a function of the set of values, so the
 * result does not depend on the order of rows or on threads.
 */
#include <math.h>
#include <stdlib.h>

#include "metric/state.h"

enum { HLL_BITS = 16, REGISTERS = 1 << HLL_BITS, RANK_MAX = 64 - HLL_BITS + 1, EXACT_MAX = 4096 };

static const double standard_errors = 5;

struct hll {
	struct keyset *few; /* NULL once there are more than EXACT_MAX */
	uint8_t *rank;      /* [REGISTERS], then */
};

static void
hll_init(void *state, const struct metric *m)
{
	struct hll *s = state;

	(void)m;
	*s = (struct hll){.few = keyset_new()};
}

static void
hll_fini(void *state)
{
	struct hll *s = state;

	keyset_free(s->few);
	free(s->rank);
	*s = (struct hll){0};
}

static void
count_hash(struct hll *s, struct hash128 h)
{
	uint64_t rest = h.lo << HLL_BITS;
	uint8_t rank = (uint8_t)(rest == 0 ? RANK_MAX : __builtin_clzll(rest) + 1);
	size_t i = (size_t)(h.lo >> (64 - HLL_BITS));

	if (s->rank[i] < rank)
		s->rank[i] = rank;
}

static void
become_many(struct hll *s)
{
	size_t n = (size_t)keyset_size(s->few);
	struct hash128 *h = xmalloc(MAX(n, 1) * sizeof(*h));

	keyset_copy(s->few, h);
	s->rank = xcalloc(REGISTERS, 1);
	for (size_t i = 0; i < n; i++)
		count_hash(s, h[i]);
	free(h);
	keyset_free(s->few);
	s->few = NULL;
}

static void
add_hash(struct hll *s, struct hash128 h)
{
	if (s->few == NULL)
		count_hash(s, h);
	else if (keyset_add(s->few, h) && keyset_size(s->few) > EXACT_MAX)
		become_many(s);
}

static bool
hll_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	const struct vector *v = b->arg[0];
	struct hll *s = state;

	(void)m, (void)err;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++)
		for (uint64_t mask = v->valid[w] & b->selected[w]; mask != 0; mask &= mask - 1)
			add_hash(s, value_hash(vector_value(v, (uint32_t)(w * 64) +
			                                               (uint32_t)__builtin_ctzll(mask))));
	return true;
}

static bool
hll_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct hll *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	if (s->few != NULL && f->few != NULL) {
		keyset_merge(s->few, f->few);
		if (keyset_size(s->few) > EXACT_MAX)
			become_many(s);
		return true;
	}
	if (s->few != NULL)
		become_many(s);
	if (f->few != NULL)
		become_many(f);
	for (size_t i = 0; i < REGISTERS; i++)
		s->rank[i] = MAX(s->rank[i], f->rank[i]);
	return true;
}

/* x + x^2 + 2 x^4 + 4 x^8 + …: what registers that nothing met stand for. */
static double
sigma(double x)
{
	double y = 1, z = x, before;

	if (x == 1)
		return INFINITY;
	do {
		x *= x;
		before = z;
		z += x * y;
		y += y;
	} while (z != before);
	return z;
}

/* The same for registers that are at their end. */
static double
tau(double x)
{
	double y = 1, z = 1 - x, before;

	if (x == 0 || x == 1)
		return 0;
	do {
		x = sqrt(x);
		before = z;
		y *= 0.5;
		z -= (1 - x) * (1 - x) * y;
	} while (z != before);
	return z / 3;
}

static double
estimate(const struct hll *s)
{
	int64_t count[RANK_MAX + 1] = {0};
	double z;

	for (size_t i = 0; i < REGISTERS; i++)
		count[s->rank[i]]++;
	z = REGISTERS * tau(1 - (double)count[RANK_MAX] / REGISTERS);
	for (int k = RANK_MAX - 1; k >= 1; k--)
		z = 0.5 * (z + (double)count[k]);
	z += REGISTERS * sigma((double)count[0] / REGISTERS);
	return (double)REGISTERS * REGISTERS / (2 * M_LN2) / z;
}

static const struct metric_value *
end_of(struct arena *a, double count)
{
	struct metric_value *v = ARENA_NEW(a, struct metric_value);

	v->count = (int64_t)count;
	v->v = value_int(v->count);
	return v;
}

static void
hll_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	const struct hll *s = state;
	double n;

	(void)m;
	if (s->few != NULL) {
		ret->count = keyset_size(s->few);
		ret->v = value_int(ret->count);
		return;
	}
	n = nearbyint(estimate(s));
	ret->count = (int64_t)n;
	ret->v = value_int(ret->count);
	ret->error_bound = ceil(standard_errors * 1.04 / sqrt(REGISTERS) * n);
	/* More than EXACT_MAX were met: that is certain. */
	ret->low = end_of(a, MAX(n - ret->error_bound, EXACT_MAX + 1.0));
	ret->high = end_of(a, n + ret->error_bound);
}

static bool
hll_save(void *state, const struct metric *m, struct buf *b)
{
	const struct hll *s = state;
	struct hash128 h[EXACT_MAX];
	size_t n = s->few != NULL ? (size_t)keyset_size(s->few) : 0;

	(void)m;
	pack_bool(b, s->few == NULL);
	if (s->few == NULL)
		return buf_add(b, (struct sv){(const char *)s->rank, REGISTERS});
	keyset_copy(s->few, h);
	pack_u64(b, n);
	for (size_t i = 0; i < n; i++) {
		pack_word(b, h[i].lo);
		pack_word(b, h[i].hi);
	}
	return !b->full;
}

static void
hll_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct hll *s = state;
	size_t n;

	(void)m, (void)part;
	if (!unpack_bool(u)) {
		n = unpack_number(u, 16);
		if (n > EXACT_MAX)
			unpack_spoil(u);
		for (; n > 0 && !u->bad; n--) {
			struct hash128 h = {.lo = unpack_word(u)};

			h.hi = unpack_word(u);
			add_hash(s, h);
		}
		return;
	}
	become_many(s);
	if ((size_t)(u->end - u->p) < REGISTERS) {
		unpack_spoil(u);
		return;
	}
	memcpy(s->rank, u->p, REGISTERS);
	u->p += REGISTERS;
	for (size_t i = 0; i < REGISTERS && !u->bad; i++)
		if (s->rank[i] > RANK_MAX)
			unpack_spoil(u);
}

static size_t
hll_bytes(const void *state)
{
	const struct hll *s = state;

	return s->few != NULL ? keyset_bytes(s->few) : REGISTERS;
}

/* v and count: about how many distinct values there are that are not null; low, high, error_bound beyond 4096 of them. */
const struct metric_kind metric_distinct_approx = {
	.name = "distinct_approx",
	.doc = "About how many distinct values there are.",
	.class = STATE_BOUNDED,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct hll),
	.need = NEED_VALUE,
	.exact = &metric_distinct,
	.init = hll_init,
	.update = hll_update,
	.weigh = metric_weigh_once,
	.merge = hll_merge,
	.final = hll_final,
	.bytes = hll_bytes,
	.fini = hll_fini,
	.save = hll_save,
	.load = hll_load,
};
