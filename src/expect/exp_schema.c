/*
 * What a table's columns should be: which, of which types, where, and which not.  Judged from the schema that the data shows; only what must
 * hold no null takes a look at the rows.
 */
#include <string.h>

#include "expect/family.h"
#include "expr/regex.h"

static const char *const extra_names[] = {"allow", "refuse", NULL};

static const struct param params[] = {
	{.name = "columns",
         .kind = PARAM_MAP,
         .doc = "Columns that must be there, with their types: {id: integer, note: any}. In their order, if `order` is."},
	{.name = "required", .kind = PARAM_NAMES, .doc = "Columns that must be there, whatever their types."},
	{.name = "optional",
         .kind = PARAM_NAMES,
         .doc = "Columns that may be there though `extra` is refuse; globs too."},
	{.name = "forbidden",
         .kind = PARAM_NAMES,
         .doc = "Columns that must not be there; globs: ssn*, *_tmp."},
	{.name = "names",
         .kind = PARAM_REGEX,
         .doc = "A pattern that is found in the name of each column, wherever it is not anchored."},
	{.name = "types", .kind = PARAM_MAP, .doc = "Types of columns, where they are there."},
	{.name = "index",
         .kind = PARAM_MAP,
         .doc = "Positions of columns, from 0; negative ones count from the end."},
	{.name = "order",
         .kind = PARAM_BOOL,
         .doc = "true: the columns of `columns` come in that order, others between them or not."},
	{.name = "extra",
         .kind = PARAM_ENUM,
         .names = extra_names,
         .doc = "allow (default) or refuse columns that are named nowhere here."},
	{.name = "not_null",
         .alias = {"not_nullable"},
         .kind = PARAM_NAMES,
         .doc = "Columns that hold no null."},
};

/* At load ------------------------------------------------------------------------------------------------------- */

static void
validate_types(const struct arg *arg, struct diags *d)
{
	for (size_t i = 0; arg->given && i < arg->node->n; i++) {
		const struct node *n = &arg->node->kid[i];
		struct type t;

		if (n->kind != NODE_NULL && !sv_is(n->text, "any") && !type_parse(n->text, &t, NULL))
			type_name_check(n, d);
	}
}

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *index = arg_of(c, "index");
	bool any = false;

	for (uint32_t i = 0; i < c->expectation->nparams; i++)
		any = any || c->arg[i].given;
	if (!any)
		diag_error(d, c->loc, "'" SV_FMT "' asks for nothing", SV_ARG(c->written_name));
	if (arg_of(c, "order")->flag && !arg_of(c, "columns")->given)
		diag_error(d, arg_of(c, "order")->loc, "'order' needs 'columns', which say it");
	validate_types(arg_of(c, "columns"), d);
	validate_types(arg_of(c, "types"), d);
	for (size_t i = 0; index->given && i < index->node->n; i++)
		if (index->node->kid[i].kind != NODE_INT)
			diag_error(d, index->node->kid[i].loc, "a position must be a whole number");
}

/* What is wrong --------------------------------------------------------------------------------------------------- */

struct finding {
	const char *kind; /* "missing", "forbidden", "type", "position", "extra", "nullable" */
	struct sv column;
	struct sv text; /* as people read it */
	struct sv expected, found;
};

struct looking {
	const struct check *c;
	const struct schema *schema;
	struct arena *a;
	struct sv *name; /* that the data has */
	uint32_t n;
	LIST(struct finding) list;
};

static int64_t
position(const struct looking *l, struct sv name)
{
	for (uint32_t i = 0; i < l->n; i++)
		if (sv_eq(l->name[i], name))
			return i;
	return -1;
}

static void
find(struct looking *l, const char *kind, struct sv column, struct sv text, struct sv expected,
     struct sv found)
{
	*LIST_ADD(l->a, &l->list) = (struct finding){kind, column, text, expected, found};
}

static bool
is_missing(struct looking *l, struct sv name)
{
	if (position(l, name) >= 0)
		return false;
	for (size_t i = 0; i < l->list.n; i++)
		if (sv_is(sv_of(l->list.v[i].kind), "missing") && sv_eq(l->list.v[i].column, name))
			return true;
	find(l, "missing", name, arena_svf(l->a, "column '" SV_FMT "' is missing", SV_ARG(name)),
	     (struct sv){0}, (struct sv){0});
	return true;
}

static void
look_at_type(struct looking *l, const struct node *want)
{
	const struct column *col = schema_find(l->schema, want->key);
	char text[TYPE_TEXT_MAX];
	enum type_kind kind;
	struct type t;
	bool fits;

	if (want->kind == NODE_NULL || sv_is(want->text, "any") || col == NULL || col->missing)
		return;
	/* A type with digits means them; one without means any. */
	if (type_parse(want->text, &t, NULL))
		fits = t.kind == TYPE_DECIMAL && t.precision != 0 ? type_eq(t, col->type)
		                                                  : t.kind == col->type.kind;
	else
		fits = type_name_find(want->text, &kind) && kind == col->type.kind;
	if (fits)
		return;
	find(l, "type", want->key,
	     arena_svf(l->a, "column '" SV_FMT "' is of type %s, expected " SV_FMT, SV_ARG(want->key),
	               type_text(col->type, text), SV_ARG(want->text)),
	     want->text, arena_sv(l->a, sv_of(type_text(col->type, text))));
}

static void
look_at_columns(struct looking *l)
{
	const struct arg *columns = arg_of(l->c, "columns"), *required = arg_of(l->c, "required"),
			 *types = arg_of(l->c, "types");
	int64_t before = -1;

	for (size_t i = 0; columns->given && i < columns->node->n; i++) {
		const struct node *want = &columns->node->kid[i];
		const int64_t at = position(l, want->key);

		if (is_missing(l, want->key))
			continue;
		look_at_type(l, want);
		if (arg_of(l->c, "order")->flag && at < before)
			find(l, "position", want->key,
			     arena_svf(l->a, "column '" SV_FMT "' comes before '" SV_FMT "'",
			               SV_ARG(want->key), SV_ARG(l->name[before])),
			     (struct sv){0}, (struct sv){0});
		before = MAX(before, at);
	}
	for (uint32_t i = 0; i < required->nname; i++)
		(void)is_missing(l, required->name[i]);
	for (size_t i = 0; types->given && i < types->node->n; i++)
		look_at_type(l, &types->node->kid[i]);
}

static void
look_at_positions(struct looking *l)
{
	const struct arg *index = arg_of(l->c, "index");

	for (size_t i = 0; index->given && i < index->node->n; i++) {
		const struct node *want = &index->node->kid[i];
		const int64_t at = position(l, want->key);

		if (is_missing(l, want->key) || at == want->i || (want->i < 0 && at == want->i + l->n))
			continue;
		find(l, "position", want->key,
		     arena_svf(l->a, "column '" SV_FMT "' is number %jd, expected %jd", SV_ARG(want->key),
		               (intmax_t)at, (intmax_t)want->i),
		     want->text, arena_svf(l->a, "%jd", (intmax_t)at));
	}
}

static bool
is_listed(const struct arg *list, struct sv name)
{
	for (uint32_t i = 0; i < list->nname; i++)
		if (sv_eq(list->name[i], name) || sv_glob(list->name[i], name))
			return true;
	return false;
}

static bool
is_key(const struct arg *map, struct sv name)
{
	for (size_t i = 0; map->given && i < map->node->n; i++)
		if (sv_eq(map->node->kid[i].key, name))
			return true;
	return false;
}

static void
look_at_others(struct looking *l)
{
	const bool refuse = arg_of(l->c, "extra")->choice == 1;

	for (uint32_t i = 0; i < l->n; i++) {
		const struct sv name = l->name[i];

		if (is_listed(arg_of(l->c, "forbidden"), name)) {
			find(l, "forbidden", name,
			     arena_svf(l->a, "column '" SV_FMT "' must not be there", SV_ARG(name)),
			     (struct sv){0}, (struct sv){0});
			continue;
		}
		if (refuse && !is_key(arg_of(l->c, "columns"), name) &&
		    !is_key(arg_of(l->c, "types"), name) && !is_key(arg_of(l->c, "index"), name) &&
		    !is_listed(arg_of(l->c, "required"), name) &&
		    !is_listed(arg_of(l->c, "optional"), name) && !is_listed(arg_of(l->c, "not_null"), name))
			find(l, "extra", name,
			     arena_svf(l->a, "column '" SV_FMT "' is not expected", SV_ARG(name)),
			     (struct sv){0}, (struct sv){0});
	}
}

/* Compiled here: it is asked once for each column. */
static bool
look_at_names(struct looking *l, struct err *err)
{
	const struct arg *names = arg_of(l->c, "names");
	struct regex *pattern = NULL;
	bool ok = true;

	if (!names->given)
		return true;
	if (!regex_compile(names->text, &pattern, err))
		return false;

	AUTO(regex_scratch) scratch = regex_scratch_new();

	for (uint32_t i = 0; ok && i < l->n; i++) {
		const enum regex_result found = regex_search(pattern, scratch, l->name[i]);

		if (found == REGEX_LIMIT)
			ok = err_set(err, ERR_LIMIT, names->loc,
			             "the name '" SV_FMT "' exceeds the limits of the pattern",
			             SV_ARG(l->name[i]));
		if (found == REGEX_NO)
			find(l, "name", l->name[i],
			     arena_svf(l->a, "the name of column '" SV_FMT "' does not match '" SV_FMT "'",
			               SV_ARG(l->name[i]), SV_ARG(names->text)),
			     names->text, (struct sv){0});
	}
	regex_free(pattern);
	return ok;
}

/* Nulls ----------------------------------------------------------------------------------------------------------- */

/*
 * The columns that are null in a row, as a text of their numbers ("0,2,"): its distinct values name all columns that hold a null, at the
 * price of one metric.
 */
static bool
bind_nulls(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct arg *list = arg_of(c, "not_null");
	const struct expr *none = expr_literal(b->x, value_text(SV(""))), *all = NULL;

	for (uint32_t i = 0; i < list->nname; i++) {
		const struct column *col = schema_find(b->schema, list->name[i]);
		const struct expr *arg[3], *one;

		if (col == NULL || col->missing)
			continue; /* told from the schema */
		arg[0] = expr_call1(b->x, OP_IS_NULL, expr_column(b->x, col), err);
		arg[1] = expr_literal(b->x, value_text(arena_svf(exprs_arena(b->x), "%u,", i)));
		arg[2] = none;
		one = expr_call(b->x, OP_CASE, arg, 3, err);
		all = all == NULL ? one : expr_call2(b->x, OP_CONCAT, all, one, err);
		if (all == NULL)
			return false;
	}
	if (all == NULL)
		return true;
	ret->observed[0] = metric_get(b->m, &metric_groups, &all, 1, NULL,
	                              (struct metric_params){.keep = 1000});
	ret->nobserved = 1;
	return true;
}

static void
look_at_nulls(struct looking *l, const struct metric_value *found)
{
	const struct arg *list = arg_of(l->c, "not_null");

	for (uint32_t i = 0; i < list->nname; i++) {
		int64_t rows = 0;

		if (is_missing(l, list->name[i]) || found == NULL)
			continue;
		for (uint32_t k = 0; k < found->nlist; k++)
			for (struct sv rest = found->list[k].s; rest.n > 0;)
				if (sv_eq(sv_cut(&rest, ','), arena_svf(l->a, "%u", i)))
					rows += found->list_count[k];
		if (rows > 0)
			find(l, "nullable", list->name[i],
			     arena_svf(l->a, "column '" SV_FMT "' holds %jd null%s", SV_ARG(list->name[i]),
			               (intmax_t)rows, rows == 1 ? "" : "s"),
			     (struct sv){0}, (struct sv){0});
	}
}

/* The verdict ----------------------------------------------------------------------------------------------------- */

static struct sv
details_json(const struct looking *l)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 1 << 24);
	json_write_init(&w, &text, 0);
	json_object(&w);
	json_key(&w, "mismatched");
	json_array(&w);
	for (size_t i = 0; i < l->list.n; i++) {
		const struct finding *f = &l->list.v[i];

		json_object_inline(&w);
		json_put_str(&w, "kind", f->kind);
		json_put_sv(&w, "column", f->column);
		if (f->expected.n > 0)
			json_put_sv(&w, "expected", f->expected);
		if (f->found.n > 0)
			json_put_sv(&w, "found", f->found);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_object_end(&w);
	return buf_take(l->a, &text);
}

static void
judge_schema(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	enum { TOLD = 5 };
	struct looking l = {.c = b->check, .schema = b->schema, .a = a};
	const struct metric_value *nulls = b->nobserved > 0 ? observed[0] : NULL;
	struct buf text;

	if (nulls != NULL && nulls->list_cut) {
		err_set(&ret->err, ERR_LIMIT, b->check->loc, "too many combinations of columns hold nulls");
		err_hint(&ret->err, "ask for them with not_null");
		return;
	}
	l.name = schema_present(a, b->schema, &l.n);
	look_at_columns(&l);
	look_at_positions(&l);
	look_at_others(&l);
	if (!look_at_names(&l, &ret->err))
		return;
	look_at_nulls(&l, nulls);
	ret->success = l.list.n == 0;
	ret->has_observed = true;
	ret->observed = schema_value(a, b->schema);
	ret->message = SV("the columns are as expected");
	if (ret->success)
		return;
	ret->details = details_json(&l);
	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < l.list.n && i < TOLD; i++)
		buf_printf(&text, "%s" SV_FMT, i > 0 ? "; " : "", SV_ARG(l.list.v[i].text));
	if (l.list.n > TOLD)
		buf_printf(&text, "; and %zu more", l.list.n - TOLD);
	ret->message = buf_take(a, &text);
}

const struct expectation expect_schema = {
	.name = "expect_table_schema_to_match",
	.shorthand = "schema",
	.alias = {"schema_match"},
	.no_threshold = true,
	.noun = "the schema",
	.summary = "The table's columns are as expected: which, of which types, in which order.",
	.doc = "Types are those of of_type, and decimal(10,2) with its digits; a column's type is the declared one, "
	       "else what its data shows. A column with values of several kinds is variant, and of no type here. "
	       "not_null looks at the rows, all else at the schema alone. Each mismatch is told.",
	.example =
		"schema: {columns: {order_id: integer, amount: decimal}, forbidden: [ssn*], not_null: [order_id]}",
	.on_nothing =
		"A table without rows has its columns all the same; files without any have those of their head.",
	.peers = {.dbt = "`contract: {enforced: true}`, in part",
                  .soda = "`schema`",
                  .deequ = "DQDL `SchemaMatch`",
                  .odcs = "`schema` with its `properties`"},
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.shorthand_param = -1,
	.validate = validate,
	.bind = bind_nulls,
	.judge = judge_schema,
};
