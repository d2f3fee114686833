/*
 * What a footer says of a chunk, as far as it may be believed.
 *
 * Bounds count only in an order that is ours too.  The old fields (min, max) were written in whatever order the writer had, which was that of
 * signed numbers; so they and files that name no order count for these only.  The others need the order of their type.  A NaN among them,
 * bounds the wrong way round or of another size than the type has: none of them.  Bounds of bytes may be cut short, so no such value
 * need occur unless the file says so.
 */
#include "parquet/conversion.h"

/* *ret from its PLAIN bytes, which it views.  False if it is none. */
static bool
bound(const struct leaf *l, struct sv bytes, struct value *ret)
{
	union {
		int64_t i64[2];
		__int128 i128;
		struct sv text;
		uint8_t bytes[16];
	} v = {.i64 = {0, 0}};
	uint64_t valid = 1, bits;
	struct raw raw = {.p = (const uint8_t *)bytes.p, .text = &bytes};
	struct vector one = {.rep = l->how->rep, .type = l->type, .rows = 1, .valid = &valid, .i64 = v.i64};

	if (l->width > 0 && bytes.n != l->width)
		return false;
	if (l->how->run(l, &raw, 1, &v, NULL) != NULL)
		return false;
	if (one.rep == REP_BITS) {
		bits = v.bytes[0] & 1;
		one.bits = &bits;
	}
	*ret = vector_value(&one, 0);
	return ret->kind != VALUE_REAL || ret->r == ret->r;
}

static bool
believed(const struct leaf *l, bool old)
{
	switch ((enum bounds_trust)l->how->trust) {
	case BOUNDS_PLAIN:
		return true;
	case BOUNDS_ORDERED:
		return !old && l->order != 0;
	case BOUNDS_NEVER:
		break;
	}
	return false;
}

/* Fixed sizes are never cut; bytes are, unless it is said that they were not. */
static bool
is_exact(const struct leaf *l, uint32_t has, unsigned id, bool flag)
{
	return thrift_has(has, id) ? flag : l->how->rep != REP_TEXT;
}

static const char *
bounds(const struct leaf *l, const struct pq_stats *s, struct parquet_stats *ret)
{
	bool low = thrift_has(s->has, 6), high = thrift_has(s->has, 5), old = !low && !high;
	struct sv least = old ? s->old_min : s->min, most = old ? s->old_max : s->max;
	int order;

	if (old) {
		low = thrift_has(s->has, 2);
		high = thrift_has(s->has, 1);
	}
	if (!low && !high)
		return "its statistics have no bounds";
	if (!believed(l, old))
		return "its bounds are in an unknown order";
	ret->has_min = low && bound(l, least, &ret->min);
	ret->has_max = high && bound(l, most, &ret->max);
	if (ret->has_min && ret->has_max && (!value_compare(ret->min, ret->max, NULL, &order) || order > 0))
		ret->has_min = ret->has_max = false;
	if (!ret->has_min && !ret->has_max)
		return "its bounds are NaN or make no sense";
	ret->min_exact = ret->has_min && is_exact(l, s->has, 8, s->min_exact);
	ret->max_exact = ret->has_max && is_exact(l, s->has, 7, s->max_exact);
	return NULL;
}

/* NaN is null too, and counted by the newest writers only: how many there are among the others' doubles nobody knows. */
static void
count_nulls(const struct leaf *l, const struct pq_stats *s, struct parquet_stats *ret)
{
	bool real = l->how->rep == REP_F64;
	int64_t nulls = l->max_def > 0 ? s->nulls : 0, nans = real ? s->nans : 0;

	if ((l->max_def > 0 && !thrift_has(s->has, 3)) || (real && !thrift_has(s->has, 9)))
		return;
	if (nulls < 0 || nans < 0 || nulls > ret->rows || nans > ret->rows - nulls)
		return;
	ret->has_nulls = true;
	ret->nulls = nulls + nans;
}

void
stats_believe(const struct leaf *l, const struct pq_stats *s, struct parquet_stats *ret)
{
	count_nulls(l, s, ret);
	ret->why = bounds(l, s, ret);
	/* Bounds of no value: one of the two is wrong. */
	if (ret->has_nulls && ret->nulls == ret->rows && (ret->has_min || ret->has_max))
		ret->has_nulls = ret->has_min = ret->has_max = ret->min_exact = ret->max_exact = false;
}

void
parquet_stats(const struct parquet_file *f, uint32_t group, uint32_t column, struct parquet_stats *ret)
{
	const struct node *node = f->node[column];

	*ret = (struct parquet_stats){.rows = parquet_group_rows(f, group)};
	for (uint32_t i = 0; i < node->nleaf; i++)
		ret->bytes += MAX(file_chunk(f, group, node->leaf + i)->meta.packed, 0);
	if (node->kind != NODE_LEAF) {
		ret->has_nulls = node->def == 0;
		ret->why = "it is nested";
		return;
	}

	const struct pq_chunk *c = file_chunk(f, group, node->leaf);
	const struct pq_stats *s = &c->meta.stats;
	const struct leaf *l = &f->leaf[node->leaf];

	ret->has_nulls = l->max_def == 0 && l->how->rep != REP_F64;
	if (thrift_has(c->has, 8) || !thrift_has(c->meta.has, 12) || l->refused != NULL) {
		ret->why = thrift_has(c->has, 8) ? "the column is encrypted" : "it has no statistics";
		return;
	}
	stats_believe(l, s, ret);
}
