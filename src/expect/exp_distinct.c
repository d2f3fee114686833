/*
 * What the distinct values of a column are: in a set, all of a set, exactly a set; and the most common one.
 *
 * However many values there are, only the least are listed.  The verdict does not need the others: it comes from how many rows have a
 * value, and from the values among the set's members.
 */
#include "expect/family.h"

/* How many distinct values are listed in the result, and how many a message tells. */
enum { LISTED = 1000, TOLD = 8 };

static const struct param params_any[] = {
	PARAM_THE_COLUMN,
	{.name = "value_set",
         .alias = {"values", "set"},
         .kind = PARAM_VALUES,
         .required = true,
         .nullable = true,
         .doc = "The values. null is no set: everything passes, as in Great Expectations up to 0.18. In an "
                "empty list is nothing."},
};

#define PARAM_THE_SET                                                                                    \
	{                                                                                                \
		.name = "value_set", .alias = {"values", "set"}, .kind = PARAM_VALUES, .required = true, \
		.doc = "The values."                                                                     \
	}
static const struct param params_set[] = {PARAM_THE_COLUMN, PARAM_THE_SET};

static const struct param params_common[] = {
	PARAM_THE_COLUMN,
	PARAM_THE_SET,
	{.name = "ties_okay",
         .kind = PARAM_BOOL,
         .doc = "Where several values are as common, one of them in the set is enough. Else a tie "
                "fails."},
	PARAM_APPROX,
};

/* As bound: the metrics in observed[]. */
enum { ALL, MEMBERS, ROWS, OBSERVED };

static struct value
set_of(struct arena *a, const struct check *c, struct type t)
{
	const struct arg *arg = arg_of(c, "value_set");

	return arg->null ? (struct value){.kind = VALUE_LIST} : arg_value(a, arg->node, t);
}

/* The members of the set that occur, with how often. */
static const struct metric *
bind_members(struct binder *b, const struct check *c, const struct bound *to, struct err *err)
{
	struct value set = set_of(b->a, c, to->domain[0]->type);
	const struct expr *in = expr_in(b->x, to->domain[0], set.list, set.n, err);

	if (in != NULL && to->where != NULL)
		in = expr_call2(b->x, OP_AND, to->where, in, err);
	return in == NULL ? NULL
	                  : metric_get(b->m, &metric_groups, to->domain, 1, in,
	                               (struct metric_params){.keep = MAX(set.n, 1u)});
}

static bool
bind_with(struct binder *b, const struct check *c, const struct metric_kind *kind, struct bound *ret,
          struct err *err)
{
	if (!bind_domain(b, c, ret, err))
		return false;
	bind_column_counts(b, c, ret);
	ret->observed[ALL] = metric_get(b->m, kind, ret->domain, 1, ret->where,
	                                (struct metric_params){.keep = LISTED});
	ret->observed[MEMBERS] = bind_members(b, c, ret, err);
	ret->observed[ROWS] = ret->nonnull;
	ret->nobserved = OBSERVED;
	return ret->observed[MEMBERS] != NULL;
}

static bool
bind_distinct(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_with(b, c, &metric_groups, ret, err);
}

static bool
bind_common(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	return bind_with(b, c, approx_kind(c, &metric_modes, &metric_modes_approx), ret, err);
}

static bool
is_member(const struct value *list, uint32_t n, struct value v)
{
	for (uint32_t i = 0; i < n; i++)
		if (value_eq(list[i], v))
			return true;
	return false;
}

/* Members that occur nowhere, null among them: it is no value. */
static uint32_t
missing_members(const struct value *set, const struct metric_value *found, struct value *ret, uint32_t max)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < set->n && n < max; i++)
		if (!is_member(found->list, found->nlist, set->list[i]) && !is_member(ret, n, set->list[i]))
			ret[n++] = set->list[i];
	return n;
}

static int64_t
rows_in(const struct metric_value *m)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < m->nlist; i++)
		n += m->list_count[i];
	return n;
}

static struct value
shown(const struct bound *b, struct value v)
{
	return b->domain[0]->column->pii ? value_text(SV("***")) : v;
}

static void
set_observed(const struct bound *b, const struct metric_value *all, struct arena *a, struct verdict *ret)
{
	struct value *list = ARENA_ARRAY(a, struct value, all->nlist);

	for (uint32_t i = 0; i < all->nlist; i++)
		list[i] = shown(b, all->list[i]);
	ret->has_observed = true;
	ret->observed = (struct value){.kind = VALUE_LIST, .n = all->nlist, .list = list};
}

static struct sv
counts_json(const struct bound *b, const struct metric_value *all, struct arena *a)
{
	AUTO(buf) text = buf_new(1 << 24);
	struct json_writer w;

	json_write_init(&w, text, 0);
	json_object_inline(&w);
	json_key(&w, "value_counts");
	json_array_inline(&w);
	for (uint32_t i = 0; i < all->nlist; i++) {
		json_object_inline(&w);
		json_key(&w, "value");
		value_to_json(shown(b, all->list[i]), &w);
		json_put_i64(&w, "count", all->list_count[i]);
		json_object_end(&w);
	}
	json_array_end(&w);
	if (all->list_cut)
		json_put_bool(&w, "truncated", true);
	json_object_end(&w);
	/* Long texts may be too much: then there are no details rather than half of them. */
	return text->full ? (struct sv){0} : arena_sv(a, buf_sv(text));
}

/* ": x, y": the first of those that are listed. */
static void
tell_strangers(const struct bound *b, const struct metric_value *all, const struct value *set,
               struct buf *text)
{
	uint32_t told = 0;
	bool more = all->list_cut;

	for (uint32_t i = 0; i < all->nlist; i++) {
		if (is_member(set->list, set->n, all->list[i]))
			continue;
		if (told == TOLD) {
			more = true;
			break;
		}
		buf_puts(text, told++ > 0 ? ", " : ": ");
		(void)value_to_text(shown(b, all->list[i]), text);
	}
	if (told > 0 && more)
		buf_puts(text, ", ...");
}

static bool
all_in_set(const struct bound *b, const struct metric_value *const *observed, const struct value *set,
           struct buf *text)
{
	int64_t rows = observed[ROWS]->count, in = rows_in(observed[MEMBERS]);

	if (in == rows)
		return true;
	buf_printf(text, "%jd of %jd values are not in the set", (intmax_t)(rows - in), (intmax_t)rows);
	tell_strangers(b, observed[ALL], set, text);
	return false;
}

static bool
all_members_there(struct arena *a, const struct metric_value *const *observed, const struct value *set,
                  struct buf *text)
{
	struct value *missing = ARENA_ARRAY(a, struct value, TOLD + 1);
	uint32_t n = missing_members(set, observed[MEMBERS], missing, TOLD + 1);

	if (n == 0)
		return true;
	buf_puts(text,
	         text->n > 0 ? "; members of the set do not occur: " : "members of the set do not occur: ");
	for (uint32_t i = 0; i < n && i < TOLD; i++) {
		buf_puts(text, i > 0 ? ", " : "");
		if (missing[i].kind == VALUE_NULL)
			buf_puts(text, "null");
		else
			(void)value_to_text(missing[i], text);
	}
	if (n > TOLD)
		buf_puts(text, ", ...");
	return false;
}

static void
judge_set(const struct bound *b, const struct metric_value *const *observed, struct arena *a, bool inside,
          bool complete, struct verdict *ret)
{
	struct value set = set_of(a, b->check, b->domain[0]->type);
	struct buf text;

	set_observed(b, observed[ALL], a, ret);
	ret->details = counts_json(b, observed[ALL], a);
	buf_init(&text, 1 << 20);
	ret->success = !inside || all_in_set(b, observed, &set, &text);
	if (complete && !all_members_there(a, observed, &set, &text))
		ret->success = false;
	if (ret->success)
		buf_printf(&text, "%s%u distinct values, as expected",
		           observed[ALL]->list_cut ? "more than " : "", observed[ALL]->nlist);
	ret->message = buf_take(a, &text);
}

static void
judge_in_set(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	judge_set(b, observed, a, !arg_of(b->check, "value_set")->null, false, ret);
}

static void
judge_contain(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
              struct verdict *ret)
{
	judge_set(b, observed, a, false, true, ret);
}

static void
judge_equal(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	judge_set(b, observed, a, true, true, ret);
}

static void
judge_common(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	const struct metric_value *modes = observed[ALL], *members = observed[MEMBERS];
	bool tie = modes->v.i > 1, ties_okay = arg_of(b->check, "ties_okay")->flag, in = false;
	struct buf text;

	/* Not all that are as common are listed, but they are told by their count; one that was counted approximately is told by itself. */
	for (uint32_t i = 0; i < members->nlist; i++)
		in = in || (modes->error_bound > 0 ? is_member(modes->list, modes->nlist, members->list[i])
		                                   : members->list_count[i] == modes->count);
	set_observed(b, modes, a, ret);
	ret->success = modes->v.i > 0 && in && (!tie || ties_okay);
	if (modes->v.i == 0) {
		ret->message = SV("the most common value does not exist: there are no values");
		return;
	}
	buf_init(&text, 1 << 20);
	buf_puts(&text, tie ? "the most common values are " : "the most common value is ");
	for (uint32_t i = 0; i < modes->nlist && i < TOLD; i++) {
		buf_puts(&text, i > 0 ? ", " : "");
		(void)value_to_text(shown(b, modes->list[i]), &text);
	}
	buf_puts(&text, modes->v.i > TOLD ? ", ..." : "");
	buf_printf(&text, " (%jd times%s)", (intmax_t)modes->count, tie ? " each" : "");
	if (!in)
		buf_puts(&text, tie ? ", none of them in the set" : ", not in the set");
	else if (!ret->success)
		buf_puts(&text, ", expected only one");
	ret->message = buf_take(a, &text);
}

const struct expectation expect_distinct_in_set = {
	.name = "expect_column_distinct_values_to_be_in_set",
	.shorthand = "distinct_in_set",
	.alias = {"distinct_values_in_set"},
	.noun = "the distinct values",
	.summary = "Each distinct value is one of a list.",
	.doc = "Nulls do not count. Equality is by value: 1 = 1.0 = true. The result lists at most 1000 "
	       "values and how often each occurs.",
	.example = "distinct_in_set: {column: status, values: [paid, open, cancelled]}",
	.peers = {.gx = "`expect_column_distinct_values_to_be_in_set`",
                  .dbt = "`dbt_expectations.expect_column_distinct_values_to_be_in_set`",
                  .soda = "`values in` a reference",
                  .deequ = "`isContainedIn`",
                  .odcs = "`invalidValues` with `validValues`"},
	.on_nothing = "Nulls do not count; no values are in every set.",
	.family = FAMILY_AGGREGATE,
	.no_threshold = true,
	.params = params_any,
	.nparams = LEN(params_any),
	.bind = bind_distinct,
	.judge = judge_in_set,
};

const struct expectation expect_distinct_contain_set = {
	.name = "expect_column_distinct_values_to_contain_set",
	.shorthand = "distinct_contain_set",
	.alias = {"distinct_values_contain_set"},
	.noun = "the distinct values",
	.summary = "Each value of a list occurs in the column.",
	.doc = "Equality is by value: 1 = 1.0 = true. null occurs nowhere. The result lists at most 1000 "
	       "values and how often each occurs.",
	.example = "distinct_contain_set: {column: region, values: [eu, us]}",
	.peers = {.gx = "`expect_column_distinct_values_to_contain_set`",
                  .dbt = "`dbt_expectations.expect_column_distinct_values_to_contain_set`"},
	.on_nothing = "Nulls do not count; without values the set's members are missing.",
	.family = FAMILY_AGGREGATE,
	.no_threshold = true,
	.params = params_set,
	.nparams = LEN(params_set),
	.bind = bind_distinct,
	.judge = judge_contain,
};

const struct expectation expect_distinct_equal_set = {
	.name = "expect_column_distinct_values_to_equal_set",
	.shorthand = "distinct_equal_set",
	.alias = {"distinct_values_equal_set"},
	.noun = "the distinct values",
	.summary = "The distinct values are exactly those of a list.",
	.doc = "Nulls do not count. Equality is by value: 1 = 1.0 = true. The result lists at most 1000 "
	       "values and how often each occurs.",
	.example = "distinct_equal_set: {column: flag, values: [Y, N]}",
	.peers = {.gx = "`expect_column_distinct_values_to_equal_set`",
                  .dbt = "`dbt_expectations.expect_column_distinct_values_to_equal_set`"},
	.on_nothing = "Nulls do not count; without values the set's members are missing.",
	.family = FAMILY_AGGREGATE,
	.no_threshold = true,
	.params = params_set,
	.nparams = LEN(params_set),
	.bind = bind_distinct,
	.judge = judge_equal,
};

const struct expectation expect_most_common_in_set = {
	.name = "expect_column_most_common_value_to_be_in_set",
	.shorthand = "most_common_in_set",
	.alias = {"most_common_value_in_set"},
	.noun = "the most common value",
	.summary = "The value that occurs most often is one of a list.",
	.doc = "Nulls do not count. Fails when there is no value, and on a tie unless `ties_okay`. All "
	       "distinct values are counted, on disk where they do not fit in memory, unless `approx`.",
	.example = "most_common_in_set: {column: currency, values: [EUR]}",
	.peers = {.gx = "`expect_column_most_common_value_to_be_in_set`",
                  .dbt = "`dbt_expectations.expect_column_most_common_value_to_be_in_set`"},
	.family = FAMILY_AGGREGATE,
	.no_threshold = true,
	.params = params_common,
	.nparams = LEN(params_common),
	.bind = bind_common,
	.judge = judge_common,
};
