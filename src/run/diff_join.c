#include "run/diff_join.h"

/* Parts that a thread has before it, so that none waits for the slowest of them. */
enum { PIECES_EACH = 4 };

int
hash128_order(struct hash128 a, struct hash128 b)
{
	if (a.lo != b.lo)
		return a.lo < b.lo ? -1 : 1;
	return (a.hi > b.hi) - (a.hi < b.hi);
}

static size_t
run_of(const struct rowbag_part *p, size_t from, struct hash128 key)
{
	size_t n = 0;

	while (from + n < p->n && hash128_order(p->row[from + n].key, key) == 0)
		n++;
	return n;
}

static bool
join_part(struct piece *k, const struct rowbag_part p[2])
{
	size_t at[2] = {0};

	while (at[0] < p[0].n || at[1] < p[1].n) {
		struct group g = {.row = {p[0].row + at[0], p[1].row + at[1]}};
		struct hash128 key;

		if (at[0] == p[0].n)
			key = g.row[1]->key;
		else if (at[1] == p[1].n || hash128_order(g.row[0]->key, g.row[1]->key) <= 0)
			key = g.row[0]->key;
		else
			key = g.row[1]->key;
		for (int s = 0; s < 2; s++) {
			g.n[s] = run_of(&p[s], at[s], key);
			at[s] += g.n[s];
		}
		if (!k->j->take(k, &g))
			return false;
	}
	return true;
}

/* Rows of one thread at a time; what it finds stays in its piece. */
static bool
join_piece(void *ctx, int64_t i, unsigned thread)
{
	struct piece *k = (struct piece *)ctx + i;
	const struct differing *d = k->j->d;
	struct rowbag_part p[2] = {0};
	bool ok;

	(void)thread;
	ok = rowbag_part(d->side[0].bag, k->part, &p[0], &k->err) &&
	     rowbag_part(d->side[1].bag, k->part, &p[1], &k->err);
	if (ok && !join_part(k, p))
		ok = err_set(&k->err, ERR_CHANGED, NOWHERE,
		             "the data changed while it was compared: rows are not what they were");
	rowbag_part_fini(&p[0]);
	rowbag_part_fini(&p[1]);
	return ok;
}

static void
piece_init(struct piece *k, const struct joining *j, size_t part)
{
	const struct differing *d = j->d;

	*k = (struct piece){.j = j, .a = arena_new(), .scratch = arena_new(), .part = part};
	for (int s = 0; s < 2; s++)
		k->old[s] = ARENA_ARRAY(k->a, struct value, d->ncompared);
	k->column_changed = ARENA_ARRAY(k->a, int64_t, d->diff->ncolumn);
	k->change = arena_array(k->a, d->diff->ncolumn, sizeof(*k->change));
}

static void
piece_fini(struct piece *k)
{
	arena_free(k->scratch);
	arena_free(k->a);
}

/* Taken over ------------------------------------------------------------------------------------------------------- */

static void
take_keys(struct joining *j, const struct hash128 *key, size_t n, bool sample)
{
	for (size_t i = 0; i < n; i++) {
		if (sample)
			keyset_add(j->shown, key[i]);
		if (j->wanted == NULL)
			continue;
		keyset_add(j->wanted, key[i]);
		if (keyset_size(j->wanted) > j->wanted_max) {
			keyset_free(j->wanted);
			j->wanted = NULL;
		}
	}
}

static const struct value *
copy_values(struct joining *j, const struct value *v, size_t n)
{
	struct value *ret = ARENA_ARRAY(j->d->w->a, struct value, n);

	for (size_t i = 0; i < n; i++)
		ret[i] = value_copy(j->d->w->a, v[i]);
	return ret;
}

/* The first so many of a list that has room left. */
#define ROOM(list, from) MIN((from).n, j->d->r->limit - MIN((list).n, (size_t)j->d->r->limit))

static void
take_samples(struct joining *j, const struct piece *k)
{
	const struct diff *f = j->d->diff;
	struct arena *a = j->d->w->a;

	for (int s = 0; s < 2; s++)
		for (size_t i = 0, n = ROOM(j->row[s], k->row[s]); i < n; i++)
			*LIST_ADD(a, &j->row[s]) = (struct diff_row){
				.value = copy_values(j, k->row[s].v[i].value, f->ncolumn),
				.times = k->row[s].v[i].times};
	for (size_t i = 0, n = ROOM(j->repeated, k->repeated); i < n; i++) {
		struct diff_repeated *ret = LIST_ADD(a, &j->repeated);

		*ret = k->repeated.v[i];
		ret->key = copy_values(j, ret->key, f->nkey);
	}
	for (size_t c = 0; c < f->ncolumn; c++)
		for (size_t i = 0, n = ROOM(j->change[c], k->change[c]); i < n; i++) {
			struct diff_change *ret = LIST_ADD(a, &j->change[c]);

			*ret = k->change[c].v[i];
			ret->key = copy_values(j, ret->key, f->nkey);
			for (int s = 0; s < 2; s++)
				ret->value[s] = value_copy(a, ret->value[s]);
		}
}

static void
take_over(struct joining *j, const struct piece *k)
{
	struct diff *f = j->d->diff;

	f->same += k->same;
	f->within += k->within;
	f->changed += k->changed;
	j->unequal += k->unequal;
	for (int s = 0; s < 2; s++) {
		f->only[s].n += k->only[s];
		f->side[s].repeated_keys += k->repeated_keys[s];
		f->side[s].repeated_rows += k->repeated_rows[s];
	}
	for (size_t i = 0; i < f->ncolumn; i++)
		f->column[i].changed += k->column_changed[i];
	take_keys(j, k->wanted.v, k->wanted.n, false);
	for (int s = 0; s < KINDS; s++) {
		const size_t n = MIN(k->shown[s].n, j->d->r->limit - j->nshown[s]);

		take_keys(j, k->shown[s].v, n, true);
		j->nshown[s] += n;
	}
	if (j->change != NULL)
		take_samples(j, k);
}

/* All of it -------------------------------------------------------------------------------------------------------- */

/* Some parts side by side; then what was found in them, in their order. */
static bool
join_some(struct joining *j, struct piece *piece, size_t first, size_t n, struct err *err)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		piece_init(&piece[i], j, first + i);
	ok = pool_run(j->d->w->pool, (int64_t)n, join_piece, piece);
	for (size_t i = 0; i < n; i++) {
		if (ok)
			take_over(j, &piece[i]);
		else if (piece[i].err.code != ERR_NONE && err != NULL && err->code == ERR_NONE)
			*err = piece[i].err;
		piece_fini(&piece[i]);
	}
	return ok;
}

/* So many parts that the rows of all of them take no more than a quarter of the memory. */
static size_t
pieces_at_once(const struct differing *d)
{
	const size_t most = PIECES_EACH * pool_threads(d->w->pool);
	size_t bytes = 0;

	for (int s = 0; s < 2; s++)
		bytes += rowbag_stored(d->side[s].bag) / ROWBAG_PARTS;
	return MAX(MIN(d->w->memory_bytes / 4 / MAX(2 * bytes, 1), most), 1);
}

bool
diff_join_bags(struct joining *j, struct err *err)
{
	const size_t n = pieces_at_once(j->d);
	AUTO(arena) a = arena_new();
	struct piece *piece = ARENA_ARRAY(a, struct piece, n);

	j->at_once = n;
	for (size_t i = 0; i < ROWBAG_PARTS; i += n)
		if (!join_some(j, piece, i, MIN(n, ROWBAG_PARTS - i), err))
			return false;
	return true;
}
