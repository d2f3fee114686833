/* Numbers that Deequ's analyzers compute, and shares of rows, as checks of ours. */
#include <stdio.h>

#include "base/num.h"
#include "expr/regex.h"
#include "import/deequ.h"
#include "import/internal.h"

struct node
deequ_column(struct import_item *it, struct sv column)
{
	struct node args = node_of_map(it->loc);

	node_put_text(it->im->a, &args, "column", column, it->loc);
	return args;
}

struct node
deequ_columns(struct import_item *it, const struct sv *column, size_t n)
{
	struct node args = node_of_map(it->loc), list = node_of_list(it->loc);

	for (size_t i = 0; i < n; i++) {
		const struct node one = node_of_text(column[i], it->loc);

		node_append(it->im->a, &list, &one);
	}
	node_put(it->im->a, &args, SV("columns"), &list);
	return args;
}

bool
deequ_asks_all(const struct soda_cond *good)
{
	double v;

	if (!good->set)
		return true;
	return !good->between && num_f64(good->low, &v) && v == 1 &&
	       (strcmp(good->op, "=") == 0 || strcmp(good->op, ">=") == 0);
}

/* 5.0 is 5, where only whole numbers are asked for. */
static struct sv
whole(struct sv number)
{
	const ptrdiff_t dot = sv_find(number, '.');
	size_t n = number.n;

	while (dot >= 0 && n > 0 && number.p[n - 1] == '0')
		n--;
	return dot >= 0 && n == (size_t)dot + 1 ? (struct sv){number.p, (size_t)dot} : number;
}

void
deequ_number(struct import_item *it, const char *expectation, struct node args, const struct soda_cond *good)
{
	struct soda_levels l = {.pass = *good};

	if (strcmp(expectation, "row_count") == 0 || strcmp(expectation, "column_count") == 0) {
		l.pass.low = whole(l.pass.low);
		l.pass.high = whole(l.pass.high);
	}
	if (good->set)
		soda_number_check(it, expectation, args, &l);
	else
		import_grade(it, GRADE_REFUSED, "say which number is fine", "it has no threshold");
}

/* Shares --------------------------------------------------------------------------------------------------------------- */

/* A share that is fine as the percentage of the rows that are not: 0.95 is 5. */
static struct sv
percent_of_rest(struct arena *a, struct sv share)
{
	double v = 0;
	char text[NUM_MAX];

	if (!num_f64(share, &v))
		return share;
	/* The digits that people write, without what 1 - 0.95 has behind them. */
	(void)snprintf(text, sizeof(text), "%.12g", 100 * (1 - v));
	return arena_sv(a, sv_of(text));
}

static const char *
mirrored(const char *op)
{
	static const char *const pairs[][2] = {{"<", ">"}, {"<=", ">="}, {">", "<"}, {">=", "<="}};

	for (size_t i = 0; i < LEN(pairs); i++)
		if (strcmp(op, pairs[i][0]) == 0)
			return pairs[i][1];
	return op;
}

void
deequ_share(struct import_item *it, const struct soda_cond *good)
{
	struct arena *a = it->im->a;
	struct soda_cond rest = *good;

	if (it->made.n == 0 || deequ_asks_all(good))
		return;
	if (!good->between && strcmp(good->op, ">=") == 0) {
		const struct node least = soda_number(a, good->low, it->loc);

		node_put(a, &it->made.v[it->made.n - 1], SV("mostly"), &least);
		return;
	}
	rest.percent = true;
	rest.low = percent_of_rest(a, good->between ? good->high : good->low);
	if (good->between) {
		rest.high = percent_of_rest(a, good->low);
		rest.open_low = good->open_high;
		rest.open_high = good->open_low;
	} else {
		const char *op = mirrored(good->op);

		memcpy(rest.op, op, strlen(op) + 1);
	}
	import_beside(it, "fail", soda_threshold(a, &rest, true));
}

void
deequ_rows(struct import_item *it, struct sv expr, bool total, const struct soda_cond *good)
{
	const struct sv text = total ? expr : arena_svf(it->im->a, "(" SV_FMT ") IS TRUE", SV_ARG(expr));
	const struct node args = node_of_text(text, it->loc);

	import_check(it, "expr", &args);
	deequ_share(it, good);
}

void
deequ_complete(struct import_item *it, struct sv column, const struct soda_cond *good)
{
	const struct node name = node_of_text(column, it->loc);

	if (!deequ_asks_all(good) && (good->between || strcmp(good->op, ">=") != 0)) {
		deequ_number(it, "non_null_proportion", deequ_column(it, column), good);
		return;
	}
	import_check(it, "not_null", &name);
	deequ_share(it, good);
}

void
deequ_unique(struct import_item *it, const struct sv *column, size_t n, const struct soda_cond *good)
{
	if (n == 1) {
		const struct node name = node_of_text(column[0], it->loc);

		import_check(it, "unique", &name);
	} else {
		const struct node args = deequ_columns(it, column, n);

		import_check(it, "unique_together", node_get(&args, "columns"));
	}
	deequ_share(it, good);
}

void
deequ_unique_ratio(struct import_item *it, const struct sv *column, size_t n, const struct soda_cond *good)
{
	if (n == 1)
		deequ_number(it, "once_proportion", deequ_column(it, column[0]), good);
	else if (deequ_asks_all(good) && good->set)
		deequ_unique(it, column, n, good);
	else
		import_grade(it, GRADE_REFUSED, "write unique_together with mostly",
		             "weir has no check of the share of distinct tuples that occur once");
}

void
deequ_distinct_count(struct import_item *it, struct sv column, struct node *ret)
{
	const struct node yes = node_of_bool(true, it->loc);

	*ret = deequ_column(it, column);
	node_put(it->im->a, ret, SV("with_null"), &yes);
}

/* Values ----------------------------------------------------------------------------------------------------------------- */

struct node
deequ_set(struct import_item *it, const struct node *value, size_t n)
{
	struct arena *a = it->im->a;
	struct node list = node_of_list(it->loc);
	double v;

	for (size_t i = 0; i < n; i++) {
		struct node text = value[i];

		/* Spark casts the constants to the column's type, which is not known here. */
		if (text.kind == NODE_TEXT && num_f64(text.text, &v)) {
			const struct node number = soda_number(a, text.text, it->loc);

			text.quoted = true;
			node_append(a, &list, &number);
		}
		node_append(a, &list, &text);
	}
	return list;
}

static enum regex_result
matches_empty(struct sv pattern, bool *ok)
{
	struct regex *r = NULL;
	struct err err = {0};
	enum regex_result ret;

	*ok = regex_compile(pattern, &r, &err);
	if (!*ok)
		return REGEX_NO;

	AUTO(regex_scratch) s = regex_scratch_new();

	ret = regex_search(r, s, SV(""));
	regex_free(r);
	return ret;
}

struct sv
deequ_pattern(struct import_item *it, struct sv column, struct sv pattern)
{
	struct arena *a = it->im->a;
	const struct sv col = import_ident(a, column), quoted = import_quote(a, pattern);
	bool ok;

	if (matches_empty(pattern, &ok) == REGEX_NO) {
		if (!ok)
			import_grade(it, GRADE_REFUSED, "write it in PCRE2's syntax, as match_regex",
			             "the pattern '" SV_FMT "' is none of PCRE2's", SV_ARG(pattern));
		return arena_svf(a, SV_FMT " ~ " SV_FMT, SV_ARG(col), SV_ARG(quoted));
	}
	if (pattern.n < 2 || pattern.p[0] != '^' || pattern.p[pattern.n - 1] != '$')
		import_grade(it, GRADE_APPROXIMATED, NULL,
		             "the pattern finds nothing at all, too, which is no match for Deequ");
	return arena_svf(a, SV_FMT " ~ " SV_FMT " AND " SV_FMT " <> ''", SV_ARG(col), SV_ARG(quoted),
	                 SV_ARG(col));
}

struct import_asset *
deequ_asset(struct importing *im, struct loc at)
{
	return import_asset(im, import_base_name(im->a, im->root->loc.file), at);
}
