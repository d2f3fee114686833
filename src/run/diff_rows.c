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
 *
 * Threads join some parts side by side, each into a piece of its own; pieces are taken over in the order of their parts, so what comes out does not
 * depend on the number of threads.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "metric/packed.h"
#include "run/diff_join.h"

/* Of a key in the set of those that are looked at again: 16 bytes in a table that is half empty. */
enum { KEY_BYTES = 48 };

/* The first pass --------------------------------------------------------------------------------------------------- */

static struct hash128
key_of(const struct group *g)
{
	return g->row[g->n[0] > 0 ? 0 : 1]->key;
}

static void
want(struct piece *k, struct hash128 key)
{
	if (k->j->wanted != NULL)
		*LIST_ADD(k->a, &k->wanted) = key;
}

/* One of the samples of a kind, if there is room. */
static void
show(struct piece *k, int kind, struct hash128 key)
{
	if (k->j->nshown[kind] + k->shown[kind].n >= k->j->d->r->limit)
		return;
	*LIST_ADD(k->a, &k->shown[kind]) = key;
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
count_whole(struct piece *k, const struct group *g)
{
	const size_t same = count_pairs(g);

	k->same += (int64_t)same;
	for (int s = 0; s < 2; s++) {
		k->only[s] += (int64_t)(g->n[s] - same);
		if (g->n[s] > same)
			show(k, s, key_of(g));
	}
}

static bool
count_group(struct piece *k, const struct group *g)
{
	const size_t nkey = k->j->d->diff->nkey;

	if (nkey > 0 && (g->n[0] > 1 || g->n[1] > 1)) {
		for (int s = 0; s < 2; s++) {
			k->repeated_keys[s] += g->n[s] > 1;
			k->repeated_rows[s] += g->n[s] > 1 ? (int64_t)g->n[s] : 0;
		}
		show(k, REPEATED, key_of(g));
		count_whole(k, g);
	} else if (g->n[0] != g->n[1] || nkey == 0 || sv_eq(g->row[0]->bytes, g->row[1]->bytes)) {
		count_whole(k, g);
	} else {
		k->changed++;
		want(k, key_of(g));
	}
	return true;
}

/* The second pass -------------------------------------------------------------------------------------------------- */

/* The values of a row, by argument; texts are borrowed from it. */
static bool
unpack_row_values(const struct piece *k, const struct rowbag_row *row, struct value *ret)
{
	struct unpack u = unpack_of(row->bytes);

	for (uint32_t i = 0; i < k->j->d->ncompared; i++)
		ret[i] = unpack_value(&u, k->scratch);
	return unpack_end(&u);
}

static struct value
shown(struct piece *k, uint32_t arg, struct value v)
{
	const struct differing *d = k->j->d;
	const bool hidden = d->diff->column[d->compared[arg]].pii && v.kind != VALUE_NULL;

	return hidden ? value_text(SV("***")) : value_copy(k->a, v);
}

static const struct value *
shown_key(struct piece *k, const struct value *v)
{
	const size_t nkey = k->j->d->diff->nkey;
	struct value *ret = ARENA_ARRAY(k->a, struct value, nkey);

	for (uint32_t i = 0; i < nkey; i++)
		ret[i] = shown(k, i, v[i]);
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
add_change(struct piece *k, uint32_t arg, const struct value **key)
{
	const uint32_t column = k->j->d->compared[arg];
	struct diff_change *ret;

	k->column_changed[column]++;
	if (k->j->change[column].n + k->change[column].n >= k->j->d->r->limit)
		return;
	if (*key == NULL)
		*key = shown_key(k, k->old[0]);
	ret = LIST_ADD(k->a, &k->change[column]);
	*ret = (struct diff_change){.key = *key,
	                            .value = {shown(k, arg, k->old[0][arg]), shown(k, arg, k->old[1][arg])}};
}

static bool
take_changed(struct piece *k, const struct group *g)
{
	const struct differing *d = k->j->d;
	const struct value *key = NULL;
	bool equal = true, within = true;

	for (int s = 0; s < 2; s++)
		if (!unpack_row_values(k, g->row[s], k->old[s]))
			return false;
	for (uint32_t i = (uint32_t)d->diff->nkey; i < d->ncompared; i++) {
		equal &= value_eq(k->old[0][i], k->old[1][i]);
		if (is_same(d->r, k->old[0][i], k->old[1][i]))
			continue;
		within = false;
		add_change(k, i, &key);
	}
	k->unequal += !equal;
	if (equal || !within)
		return true;
	k->changed--;
	k->same++;
	k->within++;
	return true;
}

/* Equal rows of a key are one sample. */
static void
add_only(struct piece *k, int s, const struct rowbag_row *row, bool again)
{
	const struct differing *d = k->j->d;
	struct value *value;

	if (again)
		k->row[s].v[k->row[s].n - 1].times++;
	if (again || !unpack_row_values(k, row, k->old[s]))
		return;
	value = ARENA_ARRAY(k->a, struct value, d->diff->ncolumn);
	for (uint32_t i = 0; i < d->ncompared; i++)
		value[d->compared[i]] = shown(k, i, k->old[s][i]);
	*LIST_ADD(k->a, &k->row[s]) = (struct diff_row){.value = value, .times = 1};
}

struct hashed {
	struct hash128 h;
	const struct rowbag_row *row;
};

static int
compare_hashed(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;
	int c = hash128_order(x->h, y->h);

	return c != 0 ? c : sv_cmp(x->row->bytes, y->row->bytes);
}

/* Rows by the hash of their values: packed bytes may say the same in two ways. */
static bool
hash_rows(struct piece *k, const struct group *g, int s, struct hashed **ret)
{
	*ret = ARENA_ARRAY(k->scratch, struct hashed, g->n[s]);
	for (size_t i = 0; i < g->n[s]; i++) {
		if (!unpack_row_values(k, &g->row[s][i], k->old[s]))
			return false;
		(*ret)[i] = (struct hashed){tuple_hash(k->old[s], k->j->d->ncompared), &g->row[s][i]};
	}
	qsort(*ret, g->n[s], sizeof(**ret), compare_hashed);
	return true;
}

/* The rows of a key that stand on one side only. */
static bool
sample_whole(struct piece *k, const struct group *g)
{
	const struct hashed *last[2] = {NULL};
	bool full[2] = {false};
	struct hashed *row[2];
	size_t at[2] = {0};

	for (int s = 0; s < 2; s++)
		if (!hash_rows(k, g, s, &row[s]))
			return false;
	while (at[0] < g->n[0] || at[1] < g->n[1]) {
		int c = at[0] == g->n[0]   ? 1
		        : at[1] == g->n[1] ? -1
		                           : hash128_order(row[0][at[0]].h, row[1][at[1]].h);
		int s = c < 0 ? 0 : 1;

		if (c != 0) {
			const struct hashed *h = &row[s][at[s]];
			bool again = last[s] != NULL && hash128_order(last[s]->h, h->h) == 0;

			if (!again && k->j->row[s].n + k->row[s].n >= k->j->d->r->limit)
				full[s] = true;
			if (!full[s])
				add_only(k, s, h->row, again);
			last[s] = h;
		}
		at[0] += c <= 0;
		at[1] += c >= 0;
	}
	return true;
}

static bool
sample_group(struct piece *k, const struct group *g)
{
	const struct joining *j = k->j;
	const bool repeated = j->d->diff->nkey > 0 && (g->n[0] > 1 || g->n[1] > 1);
	struct diff_repeated *ret;

	arena_reset(k->scratch);
	if (j->d->diff->nkey > 0 && !repeated && g->n[0] == g->n[1])
		return take_changed(k, g);
	if (!keyset_has(j->shown, key_of(g)))
		return true;
	if (repeated && j->repeated.n + k->repeated.n < j->d->r->limit) {
		if (!unpack_row_values(k, g->row[g->n[0] > 0 ? 0 : 1], k->old[0]))
			return false;
		ret = LIST_ADD(k->a, &k->repeated);
		*ret = (struct diff_repeated){.key = shown_key(k, k->old[0]),
		                              .times = {(int64_t)g->n[0], (int64_t)g->n[1]}};
	}
	return sample_whole(k, g);
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
		if (j->row[i].n > 0)
			qsort_r(j->row[i].v, j->row[i].n, sizeof(*j->row[i].v), by_row, &s);
		f->only[i].sample = j->row[i].v;
		f->only[i].nsample = j->row[i].n;
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

	j->take = sample_group;
	j->change = arena_array(d->w->a, d->diff->ncolumn, sizeof(*j->change));
	for (int s = 0; s < 2; s++)
		if (!diff_collect(d, s, j->wanted, err))
			return false;
	if (!diff_join_bags(j, err))
		return false;
	if (j->unequal != changed)
		return err_set(err, ERR_CHANGED, NOWHERE,
		               "the data changed while it was compared: %jd rows differed, and then %jd",
		               (intmax_t)changed, (intmax_t)j->unequal);
	hand_over(j);
	return true;
}

/* For --explain. */
static void
tell_pass(const struct joining *j, const char *what, int64_t start_ns)
{
	const struct differing *d = j->d;
	const struct rowbag *a = d->side[0].bag, *b = d->side[1].bag;

	buf_printf(
		j->explain,
		"%s: %jd of A against %jd of B, %zu bytes, of these %zu in files; %d parts, %zu at a time, "
		"by %u thread%s, %.1f ms\n",
		what, (intmax_t)rowbag_size(a), (intmax_t)rowbag_size(b), rowbag_stored(a) + rowbag_stored(b),
		rowbag_stored(a) + rowbag_stored(b) - rowbag_bytes(a) - rowbag_bytes(b), ROWBAG_PARTS,
		j->at_once, pool_threads(d->w->pool), pool_threads(d->w->pool) == 1 ? "" : "s",
		(double)(clock_mono_ns() - start_ns) / 1e6);
}

static bool
compare(struct joining *j, struct err *err)
{
	const struct diff *f = j->d->diff;
	int64_t start_ns = clock_mono_ns();

	if (!diff_join_bags(j, err))
		return false;
	tell_pass(j, "hashes of rows", start_ns);
	if (f->changed == 0 && keyset_size(j->shown) == 0) {
		buf_puts(j->explain, "no second look: no row differs\n");
		return true;
	}
	if (j->wanted != NULL)
		buf_printf(j->explain, "second look at the rows of %jd key%s\n",
		           (intmax_t)keyset_size(j->wanted), keyset_size(j->wanted) == 1 ? "" : "s");
	else
		buf_printf(j->explain,
		           "second look at all rows: more than %jd keys differ, too many to be remembered\n",
		           (intmax_t)j->wanted_max);
	start_ns = clock_mono_ns();
	if (!second_pass(j, err))
		return false;
	tell_pass(j, "values of rows, read again", start_ns);
	return true;
}

bool
diff_join(struct differing *d, struct err *err)
{
	AUTO(keyset) wanted = keyset_new();
	AUTO(keyset) shown = keyset_new();
	AUTO(buf) explain = buf_new(1 << 12);
	struct joining j = {.d = d,
	                    .take = count_group,
	                    .shown = shown,
	                    .explain = explain,
	                    .wanted_max = (int64_t)(d->w->memory_bytes / 8 / KEY_BYTES)};
	bool ok;

	j.wanted = STEAL(wanted);
	ok = compare(&j, err);
	if (d->w->explain)
		d->diff->explain = arena_sv(d->w->a, buf_sv(explain));
	keyset_free(j.wanted);
	return ok;
}
