/*
 * The `result` of a verdict as Great Expectations writes it.
 *
 * BOOLEAN_ONLY is {}.  BASIC has counts, percents and the first values; SUMMARY adds how often each occurs and where; COMPLETE
 * all that was kept.  Percents are null when there is nothing to take them of.
 */
#include "expect/result.h"

#include <stdlib.h>

static void
write_percent(struct json_writer *w, const char *key, int64_t part, int64_t whole)
{
	json_key(w, key);
	if (whole > 0)
		json_f64(w, (double)part / (double)whole * 100); /* in this order: the last digit is theirs */
	else
		json_null(w);
}

static void
write_values(struct json_writer *w, const char *key, const struct verdict *v, uint32_t n)
{
	json_key(w, key);
	json_array_inline(w);
	for (uint32_t i = 0; i < n; i++)
		value_to_json(v->sample[i].value, w);
	json_array_end(w);
}

static void
write_domain(struct json_writer *w, const struct bound *b, struct value v)
{
	enum family family = b->check->expectation->family;

	switch (family == FAMILY_COLUMN_MAP && b->ndomain > 1 ? FAMILY_PAIR_MAP : family) {
	case FAMILY_COLUMN_MAP:
		json_key_sv(w, b->domain[0]->column->name);
		value_to_json(v, w);
		return;
	case FAMILY_PAIR_MAP:
		for (uint32_t i = 0; i < b->ndomain && v.kind == VALUE_LIST && i < v.n; i++) {
			json_key_sv(w, b->domain[i]->column->name);
			value_to_json(v.list[i], w);
		}
		return;
	default:
		for (uint32_t i = 0; v.kind == VALUE_OBJECT && i < v.n; i++) {
			json_key_sv(w, v.list[2 * i].s);
			value_to_json(v.list[2 * i + 1], w);
		}
	}
}

static bool
in_domain(const struct bound *b, struct sv name)
{
	for (uint32_t i = 0; i < b->ndomain; i++)
		if (sv_eq(b->domain[i]->column->name, name))
			return true;
	return false;
}

static void
write_key(struct json_writer *w, const struct bound *b, struct sv name, struct value v)
{
	if (in_domain(b, name))
		return;
	json_key_sv(w, name);
	value_to_json(v, w);
}

/* A row by its number, or by its key and the values that broke the expectation. */
static void
write_index(struct json_writer *w, const struct bound *b, const struct sample_row *row)
{
	const struct asset *asset = b->check->asset;
	uint32_t k = 0;

	if (row->nkey == 0 || (b->check->nindex == 0 && asset == NULL)) {
		json_i64(w, row->row);
		return;
	}
	json_object_inline(w);
	write_domain(w, b, row->value);
	for (uint32_t i = 0; i < b->check->nindex; i++)
		write_key(w, b, b->check->index[i], row->key[i]);
	for (size_t i = 0; b->check->nindex == 0 && i < asset->nkeycol && k < row->nkey; i++) {
		const struct column *c = schema_find(b->schema, asset->keycol[i]);

		if (c != NULL && !c->missing)
			write_key(w, b, c->name, row->key[k++]);
	}
	json_object_end(w);
}

/* exclude_unexpected_values: one object with a list for each column that names rows, as Great Expectations has it. */
static void
write_index_lists(struct json_writer *w, const struct bound *b, const struct verdict *v, uint32_t n)
{
	json_object_inline(w);
	for (uint32_t k = 0; k < b->check->nindex; k++) {
		json_key_sv(w, b->check->index[k]);
		json_array_inline(w);
		for (uint32_t i = 0; i < n; i++)
			value_to_json(v->sample[i].key[k], w);
		json_array_end(w);
	}
	json_object_end(w);
}

static void
write_indices(struct json_writer *w, const char *key, const struct bound *b, const struct verdict *v,
              uint32_t n)
{
	json_key(w, key);
	json_array_inline(w);
	if (b->check->index_only && b->check->nindex > 0 && n > 0 && v->sample[0].nkey == b->check->nindex) {
		write_index_lists(w, b, v, n);
		json_array_end(w);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		if (v->sample[i].row < 0) /* a program need not know */
			json_null(w);
		else
			write_index(w, b, &v->sample[i]);
	json_array_end(w);
}

struct counted {
	struct value v;
	int64_t n;
};

static int
by_value(const void *a, const void *b)
{
	return value_order(((const struct counted *)a)->v, ((const struct counted *)b)->v);
}

static int
by_count(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : value_order(x->v, y->v);
}

/* How often each value occurs among those returned, the most frequent first. */
static void
write_counts(struct json_writer *w, const struct verdict *v, uint32_t nvalue, uint32_t keep)
{
	struct counted *c = xcalloc(nvalue + 1, sizeof(*c));
	uint32_t n = 0;

	for (uint32_t i = 0; i < nvalue; i++)
		c[i] = (struct counted){v->sample[i].value, 1};
	if (nvalue > 1)
		qsort(c, nvalue, sizeof(*c), by_value);
	for (uint32_t i = 0; i < nvalue; i++) {
		if (n > 0 && value_order(c[n - 1].v, c[i].v) == 0)
			c[n - 1].n++;
		else
			c[n++] = c[i];
	}
	if (n > 1)
		qsort(c, n, sizeof(*c), by_count);
	json_key(w, "partial_unexpected_counts");
	json_array_inline(w);
	for (uint32_t i = 0; i < n && i < keep; i++) {
		json_object_inline(w);
		json_key(w, "value");
		value_to_json(c[i].v, w);
		json_put_i64(w, "count", c[i].n);
		json_object_end(w);
	}
	json_array_end(w);
	free(c);
}

static void
write_query(struct json_writer *w, const struct bound *b)
{
	json_key(w, "unexpected_index_query");
	if (b->duplicate || b->unexpected->nargs != 1 || b->unexpected->arg[0]->kind != EXPR_CALL) {
		json_null(w);
		return;
	}
	AUTO(buf) text = buf_new(1 << 20);
	expr_print(b->unexpected->arg[0], text);
	json_sv(w, buf_sv(text));
}

static void
write_rows(struct json_writer *w, const struct verdict *v, uint32_t n)
{
	json_key(w, "unexpected_rows");
	json_array(w);
	for (uint32_t i = 0; i < n; i++)
		if (v->sample[i].whole.kind == VALUE_OBJECT)
			value_to_json(v->sample[i].whole, w);
	json_array_end(w);
}

static void
write_map(const struct bound *b, const struct verdict *v, enum result_format format, struct json_writer *w)
{
	bool all_rows = b->check->expectation->all_rows;
	uint32_t shown = MIN(v->nsample, b->check->keep);

	json_put_i64(w, "element_count", v->element_count);
	json_put_i64(w, "unexpected_count", v->unexpected_count);
	write_percent(w, "unexpected_percent", v->unexpected_count, v->considered_count);
	write_values(w, "partial_unexpected_list", v, shown);
	if (!all_rows) {
		json_put_i64(w, "missing_count", v->missing_count);
		write_percent(w, "missing_percent", v->missing_count, v->element_count);
		write_percent(w, "unexpected_percent_total", v->unexpected_count, v->element_count);
		write_percent(w, "unexpected_percent_nonmissing", v->unexpected_count, v->considered_count);
	}
	if (b->check->whole_rows)
		write_rows(w, v, format < RESULT_COMPLETE ? shown : v->nsample);
	if (format < RESULT_SUMMARY)
		return;
	/* Nulls are all alike: nothing to count where they are what is unexpected. */
	if (b->check->keep > 0 && !(all_rows && b->check->expectation->misfits_pass))
		write_counts(w, v, shown, b->check->keep);
	write_indices(w, "partial_unexpected_index_list", b, v, shown);
	if (format < RESULT_COMPLETE)
		return;
	write_values(w, "unexpected_list", v, v->nsample);
	write_indices(w, "unexpected_index_list", b, v, v->nsample);
	write_query(w, b);
}

void
verdict_result_json(const struct bound *b, const struct verdict *v, enum result_format format,
                    struct json_writer *w)
{
	json_object(w);
	if (v->outcome == OUTCOME_ERROR || v->outcome == OUTCOME_SKIPPED || format == RESULT_BOOLEAN_ONLY) {
		json_object_end(w);
		return;
	}
	if (v->has_counts)
		write_map(b, v, format, w);
	if (v->has_elements) {
		json_put_i64(w, "element_count", v->element_count);
		json_put_i64(w, "missing_count", v->missing_count);
		write_percent(w, "missing_percent", v->missing_count, v->element_count);
	}
	if (v->has_observed) {
		json_key(w, "observed_value");
		value_to_json(v->observed, w);
	}
	if (v->approximate) {
		json_put_bool(w, "approximate", true);
		json_put_f64(w, "error_bound", v->error_bound);
	}
	if (v->details.n > 0)
		json_put_raw(w, "details", v->details);
	json_object_end(w);
}
