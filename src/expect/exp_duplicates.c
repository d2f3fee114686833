/* How many duplicates there are, as a number: for who may have some, or counts them in another way than `unique` does. */
#include <math.h>

#include "expect/family.h"

/* In the order of the names. */
enum counted { COUNTED_VALUES, COUNTED_REPEATS, COUNTED_ROWS };

static const char *const counted[] = {"values", "repeats", "rows", NULL};
static const char *const ignore[] = {"all_values_are_missing", "any_value_is_missing", "never", NULL};
static const char *const wholes[] = {"counted_rows", "all_rows", NULL};

static const struct param params[] = {
	{.name = "column_list",
         .alias = {"columns", "column"},
         .kind = PARAM_COLUMNS,
         .required = true,
         .doc = "The column, or the columns that together make a value."},
	PARAMS_RANGE(PARAM_REAL, "number"),
	{.name = "count",
         .kind = PARAM_ENUM,
         .names = counted,
         .doc = "What is counted: values (that occur more than once, each once; the default), repeats (rows "
                "beyond the first of each value), rows (all rows of such values)."},
	{.name = "ignore_row_if",
         .kind = PARAM_ENUM,
         .names = ignore,
         .doc = "Which rows do not count: all_values_are_missing (the default), any_value_is_missing, "
                "never."},
	{.name = "percent_of",
         .kind = PARAM_ENUM,
         .names = wholes,
         .doc = "What a threshold in percent is of: counted_rows (the default; without those of "
                "ignore_row_if), all_rows."},
};

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *list = arg_of(c, "column_list");

	range_validate(c, d);
	if (list->ncolumn > METRIC_ARGS_MAX)
		diag_error(d, list->loc, "values of more than %d columns are not built yet", METRIC_ARGS_MAX);
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_domain(b, c, ret, err) || !bind_tuple_counts(b, c, ret, err))
		return false;
	ret->misfits_break = false;
	ret->observed[0] = bind_duplicates(b, c, ret, err);
	ret->observed[1] = arg_of(c, "percent_of")->choice == 0 && ret->nonnull != NULL ? ret->nonnull
	                                                                                : ret->element;
	ret->nobserved = 2;
	return ret->observed[0] != NULL;
}

/* Of nothing it is 0, and 0 %. */
static void
judge_count(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	const struct metric_value *d = observed[0];
	struct metric_value number = {0};
	const struct metric_value *one[] = {&number};
	const int64_t whole = observed[1]->count;

	switch ((enum counted)arg_of(b->check, "count")->choice) {
	case COUNTED_VALUES:
		number.count = d->groups;
		break;
	case COUNTED_REPEATS:
		number.count = d->count - d->groups;
		break;
	case COUNTED_ROWS:
		number.count = d->count;
	}
	number.v = value_int(number.count);
	ret->percent = whole > 0 ? 100.0 * (double)number.count / (double)whole : 0;
	judge_range(b, one, a, ret);
}

const struct expectation expect_duplicate_count_between = {
	.name = "expect_duplicate_count_to_be_between",
	.shorthand = "duplicate_count",
	.alias = {"duplicates"},
	.noun = "the number of duplicates",
	.summary = "The number of duplicates lies in a range.",
	.doc = "Counts values that occur more than once, as Soda 3 does; with `count` the rows beyond the first "
	       "of each, as Soda 4 does, or all rows of such values, as `unique` does. Thresholds may be "
	       "percentages. In values of several columns nulls are equal to each other.",
	.example = "duplicate_count: {column: email, max: 5}",
	.peers = {.soda = "`duplicate_count(c) < 5`, `duplicate_percent(c) < 1%`"},
	.on_nothing = "Nulls do not count; of no rows there are 0 duplicates.",
	.family = FAMILY_AGGREGATE,
	.percent = true,
	.limits = {.known = true, .most = INFINITY, .sure = true},
	.params = params,
	.nparams = LEN(params),
	.validate = validate,
	.bind = bind,
	.judge = judge_count,
};
