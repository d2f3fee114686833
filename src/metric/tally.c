#include "metric/tally.h"

#include <stdlib.h>

#include "metric/packed.h"

void
value_tally_fini(struct value_tally *t)
{
	arena_free(t->a);
	free(t->e);
	free(t->slot);
	*t = (struct value_tally){.keep = t->keep};
}

size_t
value_tally_bytes(const struct value_tally *t)
{
	return value_tally_table_bytes(t) + (t->a != NULL ? arena_used(t->a) : 0);
}

size_t
value_tally_table_bytes(const struct value_tally *t)
{
	return t->cap * sizeof(*t->e) + t->nslot * sizeof(*t->slot);
}

static size_t
find(const struct value_tally *t, struct hash128 h)
{
	size_t i = h.lo & (t->nslot - 1);

	while (t->slot[i] != 0 && (t->e[t->slot[i] - 1].h.lo != h.lo || t->e[t->slot[i] - 1].h.hi != h.hi))
		i = (i + 1) & (t->nslot - 1);
	return i;
}

static void
index_entries(struct value_tally *t)
{
	memset(t->slot, 0, t->nslot * sizeof(*t->slot));
	for (uint32_t i = 0; i < t->n; i++)
		t->slot[find(t, t->e[i].h)] = i + 1;
}

static int
compare_entries(const void *a, const void *b)
{
	return value_order(((const struct tally_entry *)a)->v, ((const struct tally_entry *)b)->v);
}

/* The least `keep` stay, in an arena of their own. */
static void
prune(struct value_tally *t)
{
	struct arena *old = t->a;

	qsort(t->e, t->n, sizeof(*t->e), compare_entries);
	if (t->n > t->keep) {
		t->n = t->keep;
		t->cut = true;
	}
	t->a = arena_new();
	for (uint32_t i = 0; i < t->n; i++)
		t->e[i].v = value_copy(t->a, t->e[i].v);
	if (t->cut && t->n > 0)
		t->bound = t->e[t->n - 1].v;
	arena_free(old);
	index_entries(t);
}

static void
grow(struct value_tally *t)
{
	if (t->a == NULL)
		t->a = arena_new();
	if (t->n >= 2 * (uint64_t)t->keep + 16)
		prune(t);
	if (t->n < t->cap)
		return;
	t->cap = t->cap == 0 ? 16 : t->cap * 2;
	t->e = xrealloc(t->e, t->cap * sizeof(*t->e));
	free(t->slot);
	t->nslot = (size_t)t->cap * 2;
	t->slot = xcalloc(t->nslot, sizeof(*t->slot));
	index_entries(t);
}

/* Of 1 and 1.0 the same one is shown, whatever came first; in tuples the first that differs decides. */
static bool
is_plainer(struct value v, struct value than)
{
	if (v.kind != VALUE_LIST || than.kind != VALUE_LIST)
		return v.kind < than.kind;
	for (uint32_t i = 0; i < MIN(v.n, than.n); i++)
		if (v.list[i].kind != than.list[i].kind)
			return is_plainer(v.list[i], than.list[i]);
	return false;
}

void
value_tally_add(struct value_tally *t, struct value v, int64_t count)
{
	struct hash128 h = value_hash(v);
	size_t i = 0;

	if (t->nslot > 0 && t->slot[i = find(t, h)] != 0) {
		struct tally_entry *e = &t->e[t->slot[i] - 1];

		e->count += count;
		if (is_plainer(v, e->v))
			e->v = value_copy(t->a, v);
		return;
	}
	if (t->cut && value_order(v, t->bound) > 0)
		return;
	grow(t);
	t->e[t->n] = (struct tally_entry){.v = value_copy(t->a, v), .h = h, .count = count};
	t->slot[find(t, h)] = ++t->n;
}

struct value
value_tally_element(const struct vector *v, uint32_t i)
{
	struct value x = vector_value(v, i);

	if (x.kind == VALUE_REAL)
		x.r += 0.0;
	return x;
}

void
value_tally_add_vector(struct value_tally *t, const struct vector *v, const uint64_t *selected)
{
	for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++)
		for (uint64_t mask = v->valid[w] & selected[w]; mask != 0; mask &= mask - 1)
			value_tally_add(
				t,
				value_tally_element(v, (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask)),
				1);
}

void
value_tally_weigh_vector(struct value_tally *t, const struct vector *v, const uint64_t *selected,
                         const uint32_t *times)
{
	for (size_t w = 0; w < BITMAP_WORDS(v->rows); w++)
		for (uint64_t mask = v->valid[w] & selected[w]; mask != 0; mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);

			value_tally_add(t, value_tally_element(v, i), times[i]);
		}
}

void
value_tally_merge(struct value_tally *t, const struct value_tally *from)
{
	if (from->cut) {
		/* What was dropped there is greater than this, and would be missing here. */
		t->bound = t->cut && value_order(t->bound, from->bound) < 0 ? t->bound : from->bound;
		t->cut = true;
	}
	for (uint32_t i = 0; i < from->n; i++)
		value_tally_add(t, from->e[i].v, from->e[i].count);
	if (t->a == NULL)
		t->a = arena_new();
	t->bound = value_copy(t->a, t->bound);
}

void
value_tally_sort(struct value_tally *t)
{
	if (t->n > 0)
		prune(t);
}

bool
value_tally_save(struct value_tally *t, struct buf *b)
{
	value_tally_sort(t);
	pack_bool(b, t->cut);
	if (t->cut)
		pack_value(b, t->bound);
	pack_u64(b, t->n);
	for (uint32_t i = 0; i < t->n && !b->full; i++) {
		pack_u64(b, (uint64_t)t->e[i].count);
		pack_value(b, t->e[i].v);
	}
	return !b->full;
}

void
value_tally_load(struct value_tally *t, struct unpack *u)
{
	AUTO(arena) a = arena_new();
	struct value bound = VALUE_NONE;
	bool cut = unpack_bool(u);
	size_t n;

	if (cut)
		bound = unpack_value(u, a);
	n = unpack_number(u, 2);
	if (n > t->keep)
		unpack_spoil(u);
	for (; n > 0 && !u->bad; n--) {
		int64_t count = unpack_count(u);
		struct value v = unpack_value(u, a);

		/* Between the rows and here each value was there at least once, and null is none. */
		if (count == 0 || v.kind == VALUE_NULL)
			unpack_spoil(u);
		else
			value_tally_add(t, v, count);
	}
	if (t->a == NULL)
		t->a = arena_new();
	t->cut = cut;
	t->bound = value_copy(t->a, bound);
}

void
tally_list(const struct tally_entry *e, uint32_t n, struct arena *a, struct metric_value *ret)
{
	struct value *list = ARENA_ARRAY(a, struct value, n);
	int64_t *count = ARENA_ARRAY(a, int64_t, n);

	for (uint32_t i = 0; i < n; i++) {
		list[i] = value_copy(a, e[i].v);
		count[i] = e[i].count;
	}
	ret->list = list;
	ret->list_count = count;
	ret->nlist = n;
}
