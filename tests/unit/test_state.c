/* Saved states: merging loaded ones is merging the originals, and what is damaged is refused. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "metric/metric.h"
#include "metric/packed.h"

enum { ROWS = 3000, NCOLUMN = 6, STRETCH_MAX = 700 };
enum { C_INT, C_REAL, C_TEXT, C_DECIMAL, C_MIXED, C_BOOL };

static const struct {
	struct type type;
	enum rep rep;
} columns[NCOLUMN] = {
	{{.kind = TYPE_INTEGER}, REP_I64},   {{.kind = TYPE_NUMBER}, REP_F64},
	{{.kind = TYPE_STRING}, REP_TEXT},   {{.kind = TYPE_DECIMAL, .precision = 12, .scale = 3}, REP_I64},
	{{.kind = TYPE_VARIANT}, REP_VALUE}, {{.kind = TYPE_BOOLEAN}, REP_BITS},
};

static uint32_t
below(uint64_t *s, uint32_t n)
{
	*s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*s >> 33) * n >> 31);
}

struct world {
	struct arena *a;
	struct exprs *x;
	struct metrics *m;
	struct column column[NCOLUMN];
	const struct expr *e[NCOLUMN];
};

static void
world_init(struct world *w)
{
	w->a = arena_new();
	w->x = exprs_new();
	w->m = metrics_new(w->x);
	for (uint32_t c = 0; c < NCOLUMN; c++) {
		w->column[c] = (struct column){
			.name = arena_svf(w->a, "c%u", c), .type = columns[c].type, .index = c};
		w->e[c] = expr_column(w->x, &w->column[c]);
	}
}

static void
world_fini(struct world *w)
{
	metrics_free(w->m);
	exprs_free(w->x);
	arena_free(w->a);
}

static struct value
mixed(struct arena *a, uint64_t *s)
{
	uint32_t k = below(s, 200);

	switch (k % 3) {
	case 0:
		return value_int(k);
	case 1:
		return (struct value){.kind = VALUE_DECIMAL,
		                      .d = {.coeff = (__int128)INT64_MAX * 1000 + k, .scale = 5}};
	default:
		(void)a;
		return value_real(k / 8.0);
	}
}

/* Row after row from one stream of random numbers. */
static const struct vector *
make_vector(struct arena *a, uint32_t c, uint32_t n, uint64_t *s)
{
	struct vector *v = ARENA_NEW(a, struct vector);

	*v = (struct vector){.rep = columns[c].rep, .type = columns[c].type, .rows = n};
	v->valid = ARENA_ARRAY(a, uint64_t, BITMAP_WORDS(n));
	v->error = ARENA_ARRAY(a, uint64_t, BITMAP_WORDS(n));
	v->value = ARENA_ARRAY(a, struct value, MAX(n, 64));
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = below(s, 1000);

		if (k % 11 == 0) {
			if (k % 2 == 0)
				bit_set(v->error, i);
			continue;
		}
		bit_set(v->valid, i);
		if (c == C_INT)
			v->i64[i] = k < 500 ? (int64_t)k - 250 : INT64_MAX - k;
		else if (c == C_REAL)
			v->f64[i] = k == 1 ? INFINITY : (k - 500.0) * (k % 2 == 0 ? 1e-300 : 1e17);
		else if (c == C_TEXT)
			v->text[i] = arena_svf(a, "2024-01-%02u", k % 90);
		else if (c == C_DECIMAL)
			v->i64[i] = k * 7 - 1000;
		else if (c == C_MIXED)
			v->value[i] = mixed(a, s);
		else if (k % 3 == 0)
			bit_set(v->bits, i);
	}
	return v;
}

static void *
state_new(const struct metric *m)
{
	void *state = xcalloc(1, MAX(m->kind->state_size, 1));

	m->kind->init(state, m);
	return state;
}

static void
state_free(const struct metric *m, void *state)
{
	if (m->kind->fini != NULL)
		m->kind->fini(state);
	free(state);
}

static bool
takes(const struct metric_kind *kind, uint32_t c)
{
	if (kind->reps == 1U << REP_BITS)
		return c == C_BOOL;
	if (kind == &metric_sum || kind == &metric_mean || kind == &metric_stdev ||
	    kind == &metric_variance || kind == &metric_moments || kind == &metric_correlation ||
	    kind == &metric_quantiles || kind == &metric_quantiles_approx || kind == &metric_out_of_order)
		return c != C_TEXT && c != C_BOOL;
	if (kind == &metric_gaps || kind == &metric_histogram) /* of anything else they fail */
		return c == C_INT || c == C_REAL;
	return kind != &metric_text_shape || c == C_TEXT;
}

static const struct metric *
make_metric(struct world *w, const struct metric_kind *kind, uint32_t c)
{
	static const double ratios[] = {0, 0.25, 0.5, 0.999, 1};
	const struct expr *arg[2] = {w->e[c], w->e[C_INT]};
	struct metric_params p = {.keep = 7, .number = 1, .ratios = ratios, .nratio = LEN(ratios)};

	if (kind == &metric_cardinality)
		p.number = c == C_BOOL ? 1 : 400;
	return metric_get(w->m, kind, arg, MIN(kind->max_args, 2u), NULL, p);
}

static bool
same_value(struct value a, struct value b)
{
	if (a.kind != b.kind)
		return false;
	return a.kind == VALUE_REAL ? memcmp(&a.r, &b.r, sizeof(a.r)) == 0 : value_eq(a, b);
}

static void
check_same(const struct metric *m, const struct metric_value *a, const struct metric_value *b)
{
	const char *name = m->kind->name;

	ck_assert_msg(a->failed == b->failed, "%s", name);
	ck_assert_msg(same_value(a->v, b->v), "%s: v", name);
	ck_assert_msg(a->count == b->count, "%s: count %jd, %jd", name, (intmax_t)a->count,
	              (intmax_t)b->count);
	ck_assert_msg(a->groups == b->groups, "%s: groups %jd, %jd", name, (intmax_t)a->groups,
	              (intmax_t)b->groups);
	ck_assert_msg(a->nfirst == b->nfirst && a->nlist == b->nlist && a->list_cut == b->list_cut, "%s",
	              name);
	for (uint32_t i = 0; i < a->nfirst; i++)
		ck_assert_msg(a->first[i].part == b->first[i].part && a->first[i].row == b->first[i].row,
		              "%s: row %u", name, i);
	for (uint32_t i = 0; i < a->nlist; i++) {
		ck_assert_msg(same_value(a->list[i], b->list[i]), "%s: list %u", name, i);
		ck_assert_msg(a->list_count == NULL || a->list_count[i] == b->list_count[i], "%s", name);
	}
	ck_assert_msg((a->keys == NULL) == (b->keys == NULL), "%s", name);
	if (a->keys != NULL)
		ck_assert_int_eq(keyset_size(a->keys), keyset_size(b->keys));
	ck_assert_msg(memcmp(&a->error_bound, &b->error_bound, sizeof(double)) == 0, "%s", name);
	ck_assert_msg((a->low == NULL) == (b->low == NULL) && (a->high == NULL) == (b->high == NULL), "%s",
	              name);
	if (a->low != NULL)
		check_same(m, a->low, b->low);
	if (a->high != NULL)
		check_same(m, a->high, b->high);
}

static void
check_same_keys(const struct keyset *a, const struct keyset *b)
{
	size_t n = (size_t)keyset_size(a);
	struct hash128 *h = xmalloc(MAX(n, (size_t)1) * sizeof(*h));

	keyset_copy(a, h);
	for (size_t i = 0; i < n; i++)
		ck_assert(keyset_has(b, h[i]));
	ck_assert(!keyset_has(b, (struct hash128){.lo = 7, .hi = 9}));
	free(h);
}

/* What it came to, kept and read again; b: room for its bytes. */
static void
check_kept_value(const struct metric *m, struct metric_value v, struct buf *b)
{
	AUTO(arena) a = arena_new();
	struct metric_value again = {.count = -5};

	v.errors = 3;
	v.first_error = (struct row_at){.part = 3, .row = 1 << 20};
	buf_puts(b, "before");
	ck_assert_msg(metric_value_save(&v, m, 1 << 20, b) == (!v.failed && v.nmalformed == 0), "%s",
	              m->kind->name);
	if (v.failed)
		return;
	/* Rows are of part 3. */
	ck_assert(!metric_value_load(m, 3, sv_skip(buf_sv(b), 6), a, &again));
	ck_assert_int_eq(again.count, -5);
	ck_assert_msg(metric_value_load(m, 4, sv_skip(buf_sv(b), 6), a, &again), "%s", m->kind->name);
	check_same(m, &v, &again);
	ck_assert_int_eq(again.errors, 3);
	ck_assert_uint_eq(again.first_error.part, 3);
	ck_assert_int_eq(again.first_error.row, 1 << 20);
	if (v.keys != NULL)
		check_same_keys(v.keys, again.keys);
	metric_values_fini(&again, 1);
}

/* What is accepted with a flipped bit, and a hash that fits, is safe to look at. */
static void
fuzz_kept_value(const struct metric *m, struct sv bytes, uint64_t *s)
{
	for (int round = 0; round < 40; round++) {
		AUTO(arena) a = arena_new();
		AUTO(buf) bad = buf_new(1 << 21);
		struct metric_value v = {0};

		buf_add(bad, (struct sv){bytes.p, bytes.n - 8});
		bad->p[below(s, (uint32_t)bad->n)] ^= (char)(1 << below(s, 8));
		pack_word(bad, round % 2 == 0 ? hash64(buf_sv(bad)) : 1);
		if (metric_value_load(m, 4, buf_sv(bad), a, &v)) {
			ck_assert_int_eq(round % 2, 0);
			check_same(m, &v, &v);
		}
		metric_values_fini(&v, 1);
		ck_assert(!metric_value_load(m, 4, (struct sv){bytes.p, below(s, (uint32_t)bytes.n)}, a, &v));
	}
}

/* A state of n rows as if they were part 3, or the state that was saved as `bytes`. */
static void *
fed(const struct metric *m, uint32_t c, struct arena *a, uint32_t n, uint64_t *s)
{
	void *state = state_new(m);
	const struct vector *arg[METRIC_ARGS_MAX];
	struct metric_batch b = {.arg = arg, .at = {.part = 3}, .malformed = n % 4};
	struct err err;

	for (uint32_t at = 0; at < n;) {
		uint64_t selected[BITMAP_WORDS(VECTOR_ROWS)] = {0};

		b.rows = MIN(1 + below(s, 300), n - at);
		b.at.row = at;
		for (uint32_t j = 0; j < m->nargs; j++)
			arg[j] = make_vector(a, j == 0 ? c : C_INT, b.rows, s);
		bits_fill(selected, b.rows);
		selected[0] &= ~UINT64_C(2);
		b.selected = selected;
		ck_assert_msg(m->kind->update(state, m, &b, &err), "%s: %s", m->kind->name, err.msg);
		at += b.rows;
	}
	return state;
}

static void
check_kind(struct world *w, const struct metric_kind *kind, uint32_t c, uint64_t seed)
{
	const struct metric *m = make_metric(w, kind, c);
	void *direct = state_new(m), *loaded = state_new(m);
	struct metric_value a = {0}, b = {0};
	uint64_t s = seed;
	struct err err;

	for (uint32_t row = 0; row < ROWS;) {
		uint32_t n = MIN(below(&s, STRETCH_MAX), ROWS - row);
		void *state = fed(m, c, w->a, n, &s), *again = state_new(m);
		struct buf bytes;

		buf_init(&bytes, 1 << 20);
		buf_puts(&bytes, "before");
		ck_assert_msg(metric_state_save(state, m, 1 << 19, &bytes), "%s", kind->name);
		ck_assert_msg(metric_state_load(again, m, 3, sv_skip(buf_sv(&bytes), 6), &err), "%s: %s",
		              kind->name, err.msg);
		ck_assert(kind->merge(direct, state, row, m, &err));
		ck_assert(kind->merge(loaded, again, row, m, &err));
		buf_fini(&bytes);
		state_free(m, state);
		state_free(m, again);
		row += n;
	}
	kind->final(direct, m, w->a, &a);
	kind->final(loaded, m, w->a, &b);
	check_same(m, &a, &b);

	AUTO(buf) kept = buf_new(1 << 21);

	check_kept_value(m, a, kept);
	if (!a.failed)
		fuzz_kept_value(m, sv_skip(buf_sv(kept), 6), &s);
	keyset_free(a.keys);
	keyset_free(b.keys);
	state_free(m, direct);
	state_free(m, loaded);
}

START_TEST(merging_loaded_states_is_merging_the_originals_and_values_come_back)
{
	struct world w;
	int kinds = 0;

	world_init(&w);
	for (size_t k = 0; k < metric_kind_count; k++) {
		if (metric_kinds[k]->save == NULL)
			continue;
		kinds++;
		for (uint32_t c = 0; c < NCOLUMN; c++)
			if (takes(metric_kinds[k], c))
				check_kind(&w, metric_kinds[k], c, (uint64_t)_i * 1000 + c);
	}
	ck_assert_int_ge(kinds, 12);
	world_fini(&w);
}
END_TEST

/* What load accepts may be wrong, but must be safe to merge and to look at. */
static void
use(const struct metric *m, void *state, struct arena *a)
{
	void *into = state_new(m);
	struct metric_value v = {0};
	struct err err;

	if (m->kind->merge(into, state, 5, m, &err))
		m->kind->final(into, m, a, &v);
	keyset_free(v.keys);
	state_free(m, into);
}

/* Straight to the kind, behind the hash that would refuse nearly all of it. */
static void
load_payload(const struct metric *m, struct sv bytes, struct arena *a)
{
	void *state = state_new(m);
	struct unpack u = unpack_of(bytes);

	m->kind->load(state, m, 1, &u);
	if (unpack_end(&u))
		use(m, state, a);
	state_free(m, state);
}

static void
fuzz_kind(struct world *w, const struct metric_kind *kind, uint32_t c, uint64_t *s)
{
	const struct metric *m = make_metric(w, kind, c);
	void *state = fed(m, c, w->a, 200, s);
	AUTO(buf) bytes = buf_new(1 << 20);

	ck_assert(metric_state_save(state, m, 1 << 19, bytes));
	for (int round = 0; round < 60; round++) {
		AUTO(arena) a = arena_new();
		AUTO(buf) bad = buf_new(1 << 20);
		size_t at = below(s, (uint32_t)bytes->n), n = bytes->n;
		void *into = state_new(m);
		struct err err = {0};

		if (round % 3 == 0)
			n = at;
		buf_add(bad, (struct sv){bytes->p, n});
		if (round % 3 != 0)
			bad->p[at] = (char)(bad->p[at] ^ (1 << below(s, 8)));
		ck_assert_msg(!metric_state_load(into, m, 0, buf_sv(bad), &err), "%s", kind->name);
		ck_assert_int_eq(err.code, ERR_FORMAT);
		use(m, into, a); /* as good as new */
		state_free(m, into);
		/* Behind the frame: 6 bytes, 32 digits; and before the hash. */
		if (n > 46)
			load_payload(m, (struct sv){bad->p + 38, n - 46}, a);
	}
	state_free(m, state);
}

START_TEST(damaged_states_are_refused_and_never_crash)
{
	struct world w;
	uint64_t s = (uint64_t)_i + 77;

	world_init(&w);
	for (size_t k = 0; k < metric_kind_count; k++)
		for (uint32_t c = 0; c < NCOLUMN; c++)
			if (metric_kinds[k]->save != NULL && takes(metric_kinds[k], c))
				fuzz_kind(&w, metric_kinds[k], c, &s);
	world_fini(&w);
}
END_TEST

START_TEST(a_state_is_loaded_for_its_own_metric_only)
{
	struct column other = {.name = SV("c0"), .type = {.kind = TYPE_NUMBER}};
	const struct metric *m[4];
	struct world w;
	char hex[4][HASH_HEX];

	world_init(&w);
	const struct expr *changed = expr_column(w.x, &other);

	m[0] = metric_get(w.m, &metric_max, &w.e[0], 1, NULL, (struct metric_params){0});
	m[1] = metric_get(w.m, &metric_max, &w.e[1], 1, NULL, (struct metric_params){0});
	m[2] = metric_get(w.m, &metric_min, &w.e[0], 1, NULL, (struct metric_params){0});
	m[3] = metric_get(w.m, &metric_max, &changed, 1, NULL, (struct metric_params){0}); /* another type */
	for (int i = 0; i < 4; i++)
		metric_identity(m[i], hex[i]);
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 4; j++) {
			AUTO(buf) bytes = buf_new(1 << 12);
			void *state = state_new(m[i]), *into = state_new(m[j]);
			struct err err;

			ck_assert(metric_state_save(state, m[i], 1 << 12, bytes));
			ck_assert_int_eq(metric_state_load(into, m[j], 0, buf_sv(bytes), &err), i == j);
			ck_assert_int_eq(strcmp(hex[i], hex[j]) == 0, i == j);
			state_free(m[i], state);
			state_free(m[j], into);
		}
	world_fini(&w);
}
END_TEST

START_TEST(a_state_beyond_its_cap_is_not_kept_and_leaves_the_buffer_alone)
{
	struct world w;

	world_init(&w);
	const struct metric *m = make_metric(&w, &metric_stdev, C_INT);
	AUTO(buf) bytes = buf_new(1 << 12);
	uint64_t s = 1;
	void *state = fed(m, C_INT, w.a, 100, &s);

	buf_puts(bytes, "before");
	ck_assert(!metric_state_save(state, m, 40, bytes));
	ck_assert(!metric_state_save(state, m, 60, bytes));
	ck_assert_str_eq(buf_str(bytes), "before");
	ck_assert(metric_state_save(state, m, 1 << 11, bytes));
	state_free(m, state);
	world_fini(&w);
}
END_TEST

/* The bytes of one state, written down: another machine must read them. */
START_TEST(the_form_is_the_one_that_was_agreed_on)
{
	struct world w;
	static const char want[] = "\x02\x80\x01"
				   "\x01\x02"
				   "\x81\x01\x01";
	AUTO(buf) b = buf_new(100);
	struct unpack u;

	world_init(&w);
	pack_u64(b, 2);
	pack_u64(b, 128);
	pack_i64(b, -1);
	pack_i64(b, 1);
	pack_i64(b, -65);
	pack_bool(b, true);
	ck_assert_uint_eq(b->n, sizeof(want) - 1);
	ck_assert_int_eq(memcmp(b->p, want, b->n), 0);
	u = unpack_of(buf_sv(b));
	ck_assert_uint_eq(unpack_u64(&u), 2);
	ck_assert_uint_eq(unpack_u64(&u), 128);
	ck_assert_int_eq(unpack_i64(&u), -1);
	ck_assert_int_eq(unpack_i64(&u), 1);
	ck_assert_int_eq(unpack_i64(&u), -65);
	ck_assert(unpack_bool(&u));
	ck_assert(unpack_end(&u));
	ck_assert_uint_eq(unpack_u64(&u), 0);
	ck_assert(!unpack_end(&u));
	world_fini(&w);
}
END_TEST

Suite *
suite_state(void)
{
	Suite *s = suite_create("state");
	TCase *t = tcase_create("state");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, merging_loaded_states_is_merging_the_originals_and_values_come_back, 0, 5);
	tcase_add_loop_test(t, damaged_states_are_refused_and_never_crash, 0, 3);
	tcase_add_test(t, a_state_is_loaded_for_its_own_metric_only);
	tcase_add_test(t, a_state_beyond_its_cap_is_not_kept_and_leaves_the_buffer_alone);
	tcase_add_test(t, the_form_is_the_one_that_was_agreed_on);
	suite_add_tcase(s, t);
	return s;
}
