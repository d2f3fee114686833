/*
 * Rows against rows, in two passes over the keys.
 *
 * The first has a hash of each row and finds which keys are on one side only, changed or repeated.  The second has the values, of those rows alone
 * (or of all, where the changed ones are too many to be remembered): it counts by column, asks the tolerance and keeps samples.
 *
 *	bag of A   part 0, 1, 2 …  ┐
 *	                           ├─ keys in ascending order, the rows of one key together
 *	bag of B   part 0, 1, 2 …  ┘
 *
 * A key that several rows of a side have matches none: those rows are compared as a whole.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "metric/packed.h"
#include "run/diff_internal.h"

/* Of a key in the set of those that are looked at again: 16 bytes in a table that is half empty. */
enum { KEY_BYTES = 48 };

/* The rows of one key. */
struct group {
	const struct rowbag_row *row[2];
	size_t n[2];
};

struct joining {
	struct differing *d;
	bool (*take)(struct joining *j, const struct group *g);
	/* of the first pass */
	struct keyset *wanted; /* keys to be looked at again; NULL: too many */
	struct keyset *shown;  /* of these: samples */
	int64_t wanted_max;
	size_t nshown[3]; /* only in the first, only in the second, repeated */
	/* of the second */
	struct arena *a;      /* for one group */
	int64_t changed;      /* rows that differ, also those within the tolerance */
	struct value *old[2]; /* the values of a row */
	LIST(struct diff_row) only[2];
	LIST(struct diff_repeated) repeated;
	LIST(struct diff_change) * change; /* by column */
};

static int
compare_keys(struct hash128 a, struct hash128 b)
{
	if (a.lo != b.lo)
		return a.lo < b.lo ? -1 : 1;
	return (a.hi > b.hi) - (a.hi < b.hi);
}

static size_t
run_of(const struct rowbag_part *p, size_t from, struct hash128 key)
{
	size_t n = 0;

	while (from + n < p->n && compare_keys(p->row[from + n].key, key) == 0)
		n++;
	return n;
}

static bool
join_part(struct joining *j, const struct rowbag_part p[2])
{
	size_t at[2] = {0};

	while (at[0] < p[0].n || at[1] < p[1].n) {
		struct group g = {.row = {p[0].row + at[0], p[1].row + at[1]}};
		struct hash128 key;

		if (at[0] == p[0].n)
			key = g.row[1]->key;
		else if (at[1] == p[1].n || compare_keys(g.row[0]->key, g.row[1]->key) <= 0)
			key = g.row[0]->key;
		else
			key = g.row[1]->key;
		for (int s = 0; s < 2; s++) {
			g.n[s] = run_of(&p[s], at[s], key);
			at[s] += g.n[s];
		}
		if (!j->take(j, &g))
			return false;
	}
	return true;
}

static bool
join(struct joining *j, struct err *err)
{
	for (size_t i = 0; i < ROWBAG_PARTS; i++) {
		struct rowbag_part p[2] = {0};
		bool ok = rowbag_part(j->d->side[0].bag, i, &p[0], err) &&
		          rowbag_part(j->d->side[1].bag, i, &p[1], err);

		if (ok && !join_part(j, p))
			ok = err_set(err, ERR_CHANGED, NOWHERE,
			             "the data changed while it was compared: rows are not what they were");
		rowbag_part_fini(&p[0]);
		rowbag_part_fini(&p[1]);
		if (!ok)
			return false;
	}
	return true;
}

/* The first pass --------------------------------------------------------------------------------------------------- */

static struct hash128
key_of(const struct group *g)
{
	return g->row[g->n[0] > 0 ? 0 : 1]->key;
}

static void
want(struct joining *j, struct hash128 key)
{
	if (j->wanted == NULL)
		return;
	keyset_add(j->wanted, key);
	if (keyset_size(j->wanted) <= j->wanted_max)
		return;
	keyset_free(j->wanted);
	j->wanted = NULL;
}

/* One of the samples of a kind, if there is room. */
static void
show(struct joining *j, int kind, struct hash128 key)
{
	if (j->nshown[kind] >= j->d->r->limit)
		return;
	j->nshown[kind]++;
	keyset_add(j->shown, key);
	want(j, key);
}

/* Rows of both sides that are sorted by their bytes: how many pairs are the same. */
static size_t
count_pairs(const struct group *g)
{
	size_t at[2] = {0}, same = 0;

	while (at[0] < g->n[0] && at[1] < g->n[1]) {
		int c = sv_cmp(g->row[0][at[0]].bytes, g->row[1][at[1]].bytes);

		same += c == 0;
		at[0] += c <= 0;
		at[1] += c >= 0;
	}
	return same;
}

static void
count_whole(struct joining *j, const struct group *g)
{
	struct diff *f = j->d->diff;
	const size_t same = count_pairs(g);

	f->same += (int64_t)same;
	for (int s = 0; s < 2; s++) {
		f->only[s].n += (int64_t)(g->n[s] - same);
		if (g->n[s] > same)
			show(j, s, key_of(g));
	}
}

static bool
count_group(struct joining *j, const struct group *g)
{
	struct diff *f = j->d->diff;

	if (f->nkey > 0 && (g->n[0] > 1 || g->n[1] > 1)) {
		for (int s = 0; s < 2; s++) {
			f->side[s].repeated_keys += g->n[s] > 1;
			f->side[s].repeated_rows += g->n[s] > 1 ? (int64_t)g->n[s] : 0;
		}
		show(j, 2, key_of(g));
		count_whole(j, g);
	} else if (g->n[0] != g->n[1] || f->nkey == 0 || sv_eq(g->row[0]->bytes, g->row[1]->bytes)) {
		count_whole(j, g);
	} else {
		f->changed++;
		want(j, key_of(g));
	}
	return true;
}

/* The second pass -------------------------------------------------------------------------------------------------- */

/* The values of a row, by argument; texts are borrowed from it. */
static bool
unpack_row_values(const struct joining *j, const struct rowbag_row *row, struct value *ret)
{
	struct unpack u = unpack_of(row->bytes);

	for (uint32_t i = 0; i < j->d->ncompared; i++)
		ret[i] = unpack_value(&u, j->a);
	return unpack_end(&u);
}

static struct value
shown(struct joining *j, uint32_t arg, struct value v)
{
	const bool hidden = j->d->diff->column[j->d->compared[arg]].pii && v.kind != VALUE_NULL;

	return hidden ? value_text(SV("***")) : value_copy(j->d->w->a, v);
}

static const struct value *
shown_key(struct joining *j, const struct value *v)
{
	struct value *ret = ARENA_ARRAY(j->d->w->a, struct value, j->d->diff->nkey);

	for (uint32_t i = 0; i < j->d->diff->nkey; i++)
		ret[i] = shown(j, i, v[i]);
	return ret;
}

static bool
to_decimal(struct value v, struct decimal *ret)
{
	*ret = v.kind == VALUE_DECIMAL ? v.d : (struct decimal){.coeff = v.kind == VALUE_BOOL ? v.b : v.i};
	return v.kind != VALUE_REAL;
}

/*
 * |a - b| <= max(absolute, relative * max(|a|, |b|)), as Python's math.isclose (PEP 485) has it.  Whole numbers and decimals are subtracted exactly:
 * doubles would take large ones for the same.  Doubles themselves are off by their last digit, as 1.01 - 1 is a little more than 0.01; where that
 * digit is more than the tolerance there is none to speak of.
 */
static bool
is_within(const struct diff_request *r, struct value a, struct value b)
{
	double x, y, larger, most, slack;
	struct decimal d, e;

	if ((r->absolute <= 0 && r->relative <= 0) || !value_is_numeric(a) || !value_is_numeric(b))
		return false;
	x = value_to_f64(a);
	y = value_to_f64(b);
	if (!isfinite(x) || !isfinite(y))
		return false;
	larger = fmax(fabs(x), fabs(y));
	most = fmax(r->absolute, r->relative * larger);
	slack = 2 * DBL_EPSILON * larger;
	if (!to_decimal(a, &d) || !to_decimal(b, &e))
		return fabs(x - y) <= most + fmin(slack, most / 2);
	e.coeff = -e.coeff;
	/* More than 38 digits: rather different than not. */
	return decimal_add(d, e, &d) ? fabs(decimal_to_f64(d)) <= most * (1 + 4 * DBL_EPSILON)
	                             : fabs(x - y) + slack <= most;
}

static bool
is_same(const struct diff_request *r, struct value a, struct value b)
{
	return value_eq(a, b) || is_within(r, a, b);
}

static void
add_change(struct joining *j, uint32_t arg, const struct value **key)
{
	const uint32_t column = j->d->compared[arg];
	struct diff_column *c = &j->d->diff->column[column];
	struct diff_change *ret;

	c->changed++;
	if (j->change[column].n >= j->d->r->limit)
		return;
	if (*key == NULL)
		*key = shown_key(j, j->old[0]);
	ret = LIST_ADD(j->d->w->a, &j->change[column]);
	*ret = (struct diff_change){.key = *key,
	                            .value = {shown(j, arg, j->old[0][arg]), shown(j, arg, j->old[1][arg])}};
}

static bool
take_changed(struct joining *j, const struct group *g)
{
	struct diff *f = j->d->diff;
	const struct value *key = NULL;
	bool equal = true, within = true;

	for (int s = 0; s < 2; s++)
		if (!unpack_row_values(j, g->row[s], j->old[s]))
			return false;
	for (uint32_t i = (uint32_t)f->nkey; i < j->d->ncompared; i++) {
		equal &= value_eq(j->old[0][i], j->old[1][i]);
		if (is_same(j->d->r, j->old[0][i], j->old[1][i]))
			continue;
		within = false;
		add_change(j, i, &key);
	}
	j->changed += !equal;
	if (equal || !within)
		return true;
	f->changed--;
	f->same++;
	f->within++;
	return true;
}

/* Equal rows of a key are one sample. */
static void
add_only(struct joining *j, int s, const struct rowbag_row *row, bool again)
{
	struct value *value = ARENA_ARRAY(j->d->w->a, struct value, j->d->diff->ncolumn);

	if (again)
		j->only[s].v[j->only[s].n - 1].times++;
	if (again || !unpack_row_values(j, row, j->old[s]))
		return;
	for (uint32_t i = 0; i < j->d->ncompared; i++)
		value[j->d->compared[i]] = shown(j, i, j->old[s][i]);
	*LIST_ADD(j->d->w->a, &j->only[s]) = (struct diff_row){.value = value, .times = 1};
}

struct hashed {
	struct hash128 h;
	const struct rowbag_row *row;
};

static int
compare_hashed(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;
	int c = compare_keys(x->h, y->h);

	return c != 0 ? c : sv_cmp(x->row->bytes, y->row->bytes);
}

/* Rows by the hash of their values: packed bytes may say the same in two ways. */
static bool
hash_rows(struct joining *j, const struct group *g, int s, struct hashed **ret)
{
	*ret = ARENA_ARRAY(j->a, struct hashed, g->n[s]);
	for (size_t i = 0; i < g->n[s]; i++) {
		if (!unpack_row_values(j, &g->row[s][i], j->old[s]))
			return false;
		(*ret)[i] = (struct hashed){tuple_hash(j->old[s], j->d->ncompared), &g->row[s][i]};
	}
	qsort(*ret, g->n[s], sizeof(**ret), compare_hashed);
	return true;
}

/* The rows of a key that stand on one side only. */
static bool
sample_whole(struct joining *j, const struct group *g)
{
	const struct hashed *last[2] = {NULL};
	bool full[2] = {false};
	struct hashed *row[2];
	size_t at[2] = {0};

	for (int s = 0; s < 2; s++)
		if (!hash_rows(j, g, s, &row[s]))
			return false;
	while (at[0] < g->n[0] || at[1] < g->n[1]) {
		int c = at[0] == g->n[0]   ? 1
		        : at[1] == g->n[1] ? -1
		                           : compare_keys(row[0][at[0]].h, row[1][at[1]].h);
		int s = c < 0 ? 0 : 1;

		if (c != 0) {
			const struct hashed *h = &row[s][at[s]];
			bool again = last[s] != NULL && compare_keys(last[s]->h, h->h) == 0;

			if (!again && j->only[s].n >= j->d->r->limit)
				full[s] = true;
			if (!full[s])
				add_only(j, s, h->row, again);
			last[s] = h;
		}
		at[0] += c <= 0;
		at[1] += c >= 0;
	}
	return true;
}

static bool
sample_group(struct joining *j, const struct group *g)
{
	const bool repeated = j->d->diff->nkey > 0 && (g->n[0] > 1 || g->n[1] > 1);
	struct diff_repeated *ret;

	arena_reset(j->a);
	if (j->d->diff->nkey > 0 && !repeated && g->n[0] == g->n[1])
		return take_changed(j, g);
	if (!keyset_has(j->shown, key_of(g)))
		return true;
	if (repeated && j->repeated.n < j->d->r->limit) {
		if (!unpack_row_values(j, g->row[g->n[0] > 0 ? 0 : 1], j->old[0]))
			return false;
		ret = LIST_ADD(j->d->w->a, &j->repeated);
		*ret = (struct diff_repeated){.key = shown_key(j, j->old[0]),
		                              .times = {(int64_t)g->n[0], (int64_t)g->n[1]}};
	}
	return sample_whole(j, g);
}

/* What follows is in the order of the keys, which is the one that people look for. */
static int
compare_values(const struct value *a, const struct value *b, size_t n)
{
	int c = 0;

	for (size_t i = 0; i < n && c == 0; i++)
		c = value_order(a[i], b[i]);
	return c;
}

struct sorting {
	const struct diff *f;
};

static int
by_key(const void *a, const void *b, void *ctx)
{
	const struct sorting *s = ctx;

	return compare_values(((const struct diff_change *)a)->key, ((const struct diff_change *)b)->key,
	                      s->f->nkey);
}

static int
by_repeated(const void *a, const void *b, void *ctx)
{
	const struct sorting *s = ctx;

	return compare_values(((const struct diff_repeated *)a)->key, ((const struct diff_repeated *)b)->key,
	                      s->f->nkey);
}

static int
by_row(const void *a, const void *b, void *ctx)
{
	const struct sorting *s = ctx;
	const struct diff_row *x = a, *y = b;
	int c = 0;

	for (size_t i = 0; i < s->f->nkey && c == 0; i++)
		c = value_order(x->value[s->f->key[i]], y->value[s->f->key[i]]);
	return c != 0 ? c : compare_values(x->value, y->value, s->f->ncolumn);
}

static void
hand_over(struct joining *j)
{
	struct diff *f = j->d->diff;
	struct sorting s = {f};

	for (int i = 0; i < 2; i++) {
		if (j->only[i].n > 0)
			qsort_r(j->only[i].v, j->only[i].n, sizeof(*j->only[i].v), by_row, &s);
		f->only[i].sample = j->only[i].v;
		f->only[i].nsample = j->only[i].n;
	}
	if (j->repeated.n > 0)
		qsort_r(j->repeated.v, j->repeated.n, sizeof(*j->repeated.v), by_repeated, &s);
	f->repeated = j->repeated.v;
	f->nrepeated = j->repeated.n;
	for (size_t i = 0; i < f->ncolumn; i++) {
		if (j->change[i].n > 0)
			qsort_r(j->change[i].v, j->change[i].n, sizeof(*j->change[i].v), by_key, &s);
		f->column[i].sample = j->change[i].v;
		f->column[i].nsample = j->change[i].n;
	}
}

static bool
second_pass(struct joining *j, struct err *err)
{
	struct differing *d = j->d;
	const int64_t changed = d->diff->changed;
	AUTO(arena) a = arena_new();

	j->a = a;
	j->take = sample_group;
	j->change = arena_array(d->w->a, d->diff->ncolumn, sizeof(*j->change));
	for (int s = 0; s < 2; s++) {
		j->old[s] = ARENA_ARRAY(d->w->a, struct value, d->ncompared);
		if (!diff_collect(d, s, j->wanted, err))
			return false;
	}
	if (!join(j, err))
		return false;
	if (j->changed != changed)
		return err_set(err, ERR_CHANGED, NOWHERE,
		               "the data changed while it was compared: %jd rows differed, and then %jd",
		               (intmax_t)changed, (intmax_t)j->changed);
	hand_over(j);
	return true;
}

bool
diff_join(struct differing *d, struct err *err)
{
	AUTO(keyset) wanted = keyset_new();
	AUTO(keyset) shown = keyset_new();
	struct joining j = {.d = d,
	                    .take = count_group,
	                    .shown = shown,
	                    .wanted_max = (int64_t)(d->w->memory_bytes / 8 / KEY_BYTES)};
	bool ok;

	j.wanted = STEAL(wanted);
	ok = join(&j, err);
	if (ok && (d->diff->changed > 0 || keyset_size(shown) > 0))
		ok = second_pass(&j, err);
	keyset_free(j.wanted);
	return ok;
}
