#include "engine/sample.h"

bool
sample_wanted(const struct bound *b, const struct verdict *v)
{
	if (v->outcome == OUTCOME_ERROR || !v->has_counts || v->unexpected_count == 0 || b->ndomain == 0)
		return false;
	return v->nfirst > 0 || b->duplicate;
}

/* What names a row: what the check asks for, else the key. */
static const struct column *const *
naming(const struct bound *b, const struct column *const *key, uint32_t *nkey)
{
	if (b->check->nindex == 0)
		return key;
	*nkey = b->check->nindex;
	return b->index;
}

/* One of the table's own columns, that the data has. */
static bool
is_own(const struct column *c)
{
	return !c->missing && !c->member;
}

const struct column **
sample_columns(struct arena *a, const struct bound *b, const struct column *const *key, uint32_t nkey,
               uint32_t *n)
{
	key = naming(b, key, &nkey);
	const struct column **col = ARENA_ARRAY(a, const struct column *, b->ndomain + nkey + b->schema->n);

	for (uint32_t i = 0; i < b->ndomain; i++)
		col[i] = b->domain[i]->column;
	for (uint32_t i = 0; i < nkey; i++)
		col[b->ndomain + i] = key[i];
	*n = b->ndomain + nkey;
	for (uint32_t i = 0; b->check->whole_rows && i < b->schema->n; i++)
		if (is_own(&b->schema->col[i]))
			col[(*n)++] = &b->schema->col[i];
	return col;
}

static struct value
shown(const struct column *c, struct value v)
{
	return c->pii && v.kind != VALUE_NULL ? value_text(SV("***")) : v;
}

/* A scalar for one column, a list for a pair or a key of several, an object for a record. */
static struct value
domain_value(struct arena *a, const struct bound *b, const struct value *v)
{
	enum family family = b->check->expectation->family;
	uint32_t n = b->ndomain;

	if (family == FAMILY_COLUMN_MAP && n == 1)
		return shown(b->domain[0]->column, v[0]);
	if (family == FAMILY_COLUMN_MAP || (family == FAMILY_PAIR_MAP && n == 2)) {
		struct value *tuple = ARENA_ARRAY(a, struct value, n);

		for (uint32_t i = 0; i < n; i++)
			tuple[i] = shown(b->domain[i]->column, v[i]);
		return (struct value){.kind = VALUE_LIST, .n = n, .list = tuple};
	}

	struct value *record = ARENA_ARRAY(a, struct value, 2 * n);

	for (uint32_t i = 0; i < n; i++) {
		/* The schema goes with its connection; the sample stays. */
		record[2 * i] = value_text(arena_sv(a, b->domain[i]->column->name));
		record[2 * i + 1] = shown(b->domain[i]->column, v[i]);
	}
	return (struct value){.kind = VALUE_OBJECT, .n = n, .list = record};
}

/* All columns of a row, where the check asks for them; cell: what comes behind domain and key. */
static struct value
whole_row(struct arena *a, const struct bound *b, const struct value *cell)
{
	struct value *record;
	uint32_t n = 0;

	if (!b->check->whole_rows)
		return VALUE_NONE;
	record = ARENA_ARRAY(a, struct value, 2 * (size_t)b->schema->n);
	for (uint32_t i = 0; i < b->schema->n; i++) {
		const struct column *c = &b->schema->col[i];

		if (!is_own(c))
			continue;
		record[2 * n] = value_text(arena_sv(a, c->name));
		record[2 * n + 1] = shown(c, cell[n]);
		n++;
	}
	return (struct value){.kind = VALUE_OBJECT, .n = n, .list = record};
}

static uint32_t
own_columns(const struct bound *b)
{
	uint32_t n = 0;

	for (uint32_t i = 0; b->check->whole_rows && i < b->schema->n; i++)
		n += is_own(&b->schema->col[i]);
	return n;
}

void
sample_fill(struct arena *a, const struct bound *b, struct verdict *v, const struct row_at *at,
            const int64_t *row, uint32_t n, const struct value *value, const struct column *const *key,
            uint32_t nkey)
{
	key = naming(b, key, &nkey);
	uint32_t ncol = b->ndomain + nkey + own_columns(b);

	v->sample = ARENA_ARRAY(a, struct sample_row, n);
	v->nsample = n;
	for (uint32_t i = 0; i < n; i++) {
		const struct value *cell = value + (size_t)i * ncol;
		struct value *keys = ARENA_ARRAY(a, struct value, nkey);

		for (uint32_t k = 0; k < nkey; k++)
			keys[k] = shown(key[k], cell[b->ndomain + k]);
		v->sample[i] = (struct sample_row){
			.row = row[i],
			.at = at[i],
			.value = domain_value(a, b, cell),
			.key = keys,
			.nkey = nkey,
			.whole = whole_row(a, b, cell + b->ndomain + nkey),
		};
	}
	v->sample_cut = n < v->unexpected_count;
}
