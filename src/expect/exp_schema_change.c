/*
 * How a table's columns differ from what they were: in the data seen before, or in a file.
 *
 * What was seen before stands in the stored results of this very check.  It is that of another version (or partition) of the data, or of other
 * columns under the same version, as not every version tells of columns: to look at the same data again says the same again.
 */
#include <string.h>

#include "catalog/node.h"
#include "expect/family.h"
#include "expect/past.h"

static const char *const against_names[] = {"last", "last_good", NULL};

/* What can change, whether that breaks who reads the table, and what it is called. */
enum change { ADDED, REMOVED, WIDENED, NARROWED, CHANGED, MOVED, LOOSENED, TIGHTENED };
static const struct {
	const char *name;
	bool harmless;
} changes[] = {
	[ADDED] = {"added", true},        [REMOVED] = {"removed", false},    [WIDENED] = {"widened", true},
	[NARROWED] = {"narrowed", false}, [CHANGED] = {"changed", false},    [MOVED] = {"moved", true},
	[LOOSENED] = {"loosened", false}, [TIGHTENED] = {"tightened", true},
};

static const struct param params[] = {
	{.name = "against",
         .kind = PARAM_FILE,
         .names = against_names,
         .doc = "last (default): the schema of the data judged before; last_good: of the last data that passed; "
                "else a YAML or JSON file with `columns:`, names and types."},
	{.name = "allow",
         .kind = PARAM_NAMES,
         .doc = "Changes that are no failure: added, removed, widened, narrowed, changed, moved, loosened, "
                "tightened, or none. Default: added, widened, moved, tightened."},
	{.name = "ignore", .kind = PARAM_NAMES, .doc = "Columns that may do as they like; globs."},
};

static bool
is_allowed(const struct check *c, enum change kind)
{
	const struct arg *allow = arg_of(c, "allow");

	return allow->given ? sv_in(sv_of(changes[kind].name), allow->name, allow->nname)
	                    : changes[kind].harmless;
}

/* Columns as they were --------------------------------------------------------------------------------------------- */

struct was {
	struct sv name, type;
	enum column_nulls nulls;
};

/* A map of types by name, or a list of {name, type}: what a file says, and what is stored. */
static struct was *
columns_of(struct arena *a, const struct node *n, size_t *count, struct diags *d)
{
	const struct node *list = n != NULL && n->kind == NODE_MAP && node_get(n, "columns") != NULL
	                                  ? node_get(n, "columns")
	                                  : n;
	struct was *ret;

	*count = 0;
	if (list == NULL || (list->kind != NODE_MAP && list->kind != NODE_SEQ)) {
		diag_error(d, n != NULL ? n->loc : NOWHERE, "there are no columns in it");
		return NULL;
	}
	ret = ARENA_ARRAY(a, struct was, list->n);
	for (size_t i = 0; i < list->n; i++) {
		const struct node *kid = &list->kid[i];
		const struct node *name = kid->kind == NODE_MAP ? node_get(kid, "name") : NULL;
		const struct node *type = kid->kind == NODE_MAP ? node_get(kid, "type") : kid;

		const struct node *nullable = kid->kind == NODE_MAP ? node_get(kid, "nullable") : NULL;

		if (list->kind == NODE_SEQ && name == NULL) {
			diag_error(d, kid->loc, "a column needs a name");
			continue;
		}
		ret[(*count)++] = (struct was){
			.name = list->kind == NODE_SEQ ? name->text : kid->key,
			.type = type != NULL && type->kind == NODE_TEXT && !sv_is(type->text, "any")
		                        ? type->text
		                        : (struct sv){0},
			.nulls = nullable == NULL || nullable->kind != NODE_BOOL ? NULLS_UNKNOWN
		                 : nullable->b                                   ? NULLS_ALLOWED
		                                                                 : NULLS_NONE,
		};
	}
	return ret;
}

static const struct was *
columns_of_file(struct arena *a, const struct arg *against, size_t *n, struct diags *d)
{
	return columns_of(a, node_parse_yaml(a, "schema", against->v.s, d), n, d);
}

static void
validate(const struct check *c, struct diags *d)
{
	const struct arg *against = arg_of(c, "against"), *allow = arg_of(c, "allow");
	const char *names[LEN(changes)];
	AUTO(arena) a = arena_new();
	struct diags own;
	size_t n;

	for (size_t i = 0; i < LEN(changes); i++)
		names[i] = changes[i].name;
	for (uint32_t i = 0; i < allow->nname; i++) {
		bool known = sv_is(allow->name[i], "none");

		for (size_t k = 0; k < LEN(names); k++)
			known = known || sv_is(allow->name[i], names[k]);
		if (!known) {
			diag_error(d, allow->loc, "there is no change '" SV_FMT "'", SV_ARG(allow->name[i]));
			diag_suggest(d, allow->name[i], names, LEN(names));
		}
	}
	if (against->choice >= 0)
		return;
	diags_init(&own, a);
	(void)columns_of_file(a, against, &n, &own);
	if (own.errors > 0)
		diag_error(d, against->loc, "'" SV_FMT "' is no schema: %s", SV_ARG(against->text),
		           own.list.v[0].msg);
}

/* As results have it. */
static struct sv
columns_text(struct arena *a, const struct schema *s)
{
	struct json_writer w;
	struct buf b;

	buf_init(&b, 1 << 24);
	json_write_init(&w, &b, 0);
	value_to_json(schema_value(a, s), &w);
	return buf_take(a, &b);
}

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	const struct arg *against = arg_of(c, "against");
	const struct expr *what[2];

	(void)err;
	if (against->choice < 0)
		return true;
	what[0] = expr_literal(b->x, value_text(past_result_name(b->a, c)));
	what[1] = expr_literal(b->x, value_text(columns_text(b->a, b->schema)));
	ret->observed[0] = metric_get(b->m, &metric_past_result, what, 2, NULL,
	                              (struct metric_params){.flag = against->choice == 1});
	ret->nobserved = 1;
	return true;
}

/* Comparing --------------------------------------------------------------------------------------------------------- */

/* Does each value of type a have a place in type b? */
static bool
holds(struct type b, struct type a)
{
	if (a.kind == b.kind && a.kind != TYPE_DECIMAL)
		return true;
	switch (b.kind) {
	case TYPE_INTEGER:
		return a.kind == TYPE_BOOLEAN;
	case TYPE_DECIMAL:
		if (a.kind == TYPE_DECIMAL)
			return a.scale <= b.scale &&
			       (b.precision == 0 ||
			        (a.precision != 0 && a.precision - a.scale <= b.precision - b.scale));
		return a.kind == TYPE_INTEGER && (b.precision == 0 || b.precision - b.scale >= 19);
	case TYPE_NUMBER:
		return a.kind == TYPE_INTEGER || a.kind == TYPE_BOOLEAN;
	case TYPE_TIMESTAMP:
		return a.kind == TYPE_DATE;
	default:
		return false;
	}
}

struct comparing {
	const struct bound *b;
	struct arena *a;
	struct json_writer w;
	struct buf details, text;
	uint32_t breaking, fine;
};

static void
note(struct comparing *x, enum change kind, struct sv column, struct sv before, struct sv now)
{
	const bool allowed = is_allowed(x->b->check, kind);
	const struct arg *ignore = arg_of(x->b->check, "ignore");

	for (uint32_t i = 0; i < ignore->nname; i++)
		if (sv_eq(ignore->name[i], column) || sv_glob(ignore->name[i], column))
			return;
	json_object_inline(&x->w);
	json_put_str(&x->w, "change", changes[kind].name);
	json_put_sv(&x->w, "column", column);
	if (before.n > 0)
		json_put_sv(&x->w, "before", before);
	if (now.n > 0)
		json_put_sv(&x->w, "now", now);
	json_put_bool(&x->w, "allowed", allowed);
	json_object_end(&x->w);
	*(allowed ? &x->fine : &x->breaking) += 1;
	if (allowed || x->breaking > 5)
		return;
	buf_printf(&x->text, "%scolumn '" SV_FMT "' ", x->breaking > 1 ? "; " : "", SV_ARG(column));
	if (kind == LOOSENED || kind == TIGHTENED)
		buf_puts(&x->text, kind == LOOSENED ? "was not null and may be null" : "may be null no more");
	else if (before.n > 0 && now.n > 0)
		buf_printf(&x->text, "was of type " SV_FMT " and is of type " SV_FMT, SV_ARG(before),
		           SV_ARG(now));
	else
		buf_printf(&x->text, "was %s", changes[kind].name);
}

static void
compare_type(struct comparing *x, const struct was *before, const struct column *now)
{
	char text[TYPE_TEXT_MAX];
	enum type_kind kind;
	struct type was;

	/* Where only nulls were seen, of which type they are is not known. */
	if (before->type.n == 0 || now->type.kind == TYPE_NULL || sv_is(before->type, "null"))
		return;
	if (!type_parse(before->type, &was, NULL))
		was = (struct type){.kind = type_name_find(before->type, &kind) ? kind : TYPE_VARIANT};
	if (was.kind == now->type.kind &&
	    (was.kind != TYPE_DECIMAL ||
	     (was.precision == now->type.precision && was.scale == now->type.scale)))
		return;
	note(x,
	     holds(now->type, was)   ? WIDENED
	     : holds(was, now->type) ? NARROWED
	                             : CHANGED,
	     before->name, before->type, arena_sv(x->a, sv_of(type_text(now->type, text))));
}

/* Where both sides say so: what was stored says nothing of columns that may be null. */
static void
compare_nulls(struct comparing *x, const struct was *before, const struct column *now)
{
	if (before->nulls == NULLS_NONE && now->nulls == NULLS_ALLOWED)
		note(x, LOOSENED, before->name, SV("not null"), SV("nullable"));
	else if (before->nulls == NULLS_ALLOWED && now->nulls == NULLS_NONE)
		note(x, TIGHTENED, before->name, SV("nullable"), SV("not null"));
}

/* Is the column behind one that it was before?  Among those that are in both. */
static void
compare_order(struct comparing *x, const struct was *was, size_t nwas, const struct sv *name, uint32_t n)
{
	int64_t last = -1;

	for (size_t i = 0; i < nwas; i++) {
		int64_t at = -1;

		for (uint32_t k = 0; k < n; k++)
			if (sv_eq(name[k], was[i].name))
				at = k;
		if (at >= 0 && at < last)
			note(x, MOVED, was[i].name, (struct sv){0}, (struct sv){0});
		last = MAX(last, at);
	}
}

static void
compare(struct comparing *x, const struct was *was, size_t nwas)
{
	const struct schema *s = x->b->schema;
	uint32_t n;
	const struct sv *name = schema_present(x->a, s, &n);

	for (size_t i = 0; i < nwas; i++) {
		const struct column *now = schema_find(s, was[i].name);

		if (now == NULL || now->missing)
			note(x, REMOVED, was[i].name, (struct sv){0}, (struct sv){0});
		else {
			compare_type(x, &was[i], now);
			compare_nulls(x, &was[i], now);
		}
	}
	for (uint32_t k = 0; k < n; k++) {
		size_t i = 0;

		while (i < nwas && !sv_eq(was[i].name, name[k]))
			i++;
		if (i == nwas)
			note(x, ADDED, name[k], (struct sv){0}, (struct sv){0});
	}
	compare_order(x, was, nwas, name, n);
}

static void
tell(struct comparing *x, struct verdict *ret)
{
	ret->success = x->breaking == 0;
	ret->details = buf_take(x->a, &x->details);
	if (x->breaking > 5)
		buf_printf(&x->text, "; and %u more", x->breaking - 5);
	if (x->breaking == 0 && x->fine > 0)
		buf_printf(&x->text, "%u change%s, all allowed", x->fine, x->fine == 1 ? "" : "s");
	else if (x->breaking == 0)
		buf_puts(&x->text, "the columns are as they were");
	ret->message = buf_take(x->a, &x->text);
}

static void
judge_change(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
             struct verdict *ret)
{
	const struct arg *against = arg_of(b->check, "against");
	struct comparing x = {.b = b, .a = a};
	const struct was *was;
	struct diags d;
	size_t n;

	ret->has_observed = true;
	ret->observed = schema_value(a, b->schema);
	if (against->choice >= 0 && observed[0]->v.kind == VALUE_NULL) {
		ret->success = true;
		ret->message = SV("there is no earlier schema to compare with yet");
		return;
	}
	diags_init(&d, a);
	was = against->choice < 0 ? columns_of_file(a, against, &n, &d)
	                          : columns_of(a, node_parse_json(a, "schema", observed[0]->v.s, &d), &n, &d);
	if (d.errors > 0) {
		err_set(&ret->err, ERR_EVAL, b->check->loc, "the earlier schema cannot be read: %s",
		        d.list.v[0].msg);
		return;
	}
	buf_init(&x.details, 1 << 24);
	buf_init(&x.text, 1 << 20);
	json_write_init(&x.w, &x.details, 0);
	json_object(&x.w);
	json_key(&x.w, "changes");
	json_array(&x.w);
	compare(&x, was, n);
	json_array_end(&x.w);
	json_object_end(&x.w);
	tell(&x, ret);
}

const struct expectation expect_schema_change = {
	.name = "expect_table_schema_to_be_unchanged",
	.shorthand = "schema_change",
	.alias = {"schema_changes"},
	.no_threshold = true,
	.remembers = true,
	.noun = "the schema",
	.summary = "The columns have not changed in a way that breaks who reads them.",
	.doc = "Breaking are columns removed, and types narrowed (number to integer) or changed (integer to string), "
	       "and that a column may be null which could not, where the data's own schema says so (NOT NULL of SQLite, required "
	       "columns of Parquet); columns added, moved and types widened (integer to number) are not, unless `allow` says less. What "
	       "was seen before is that of another version of the data, another partition, or other columns: judging the same "
	       "data again says the same. With `last` a change is told once, on the data with which it came; with "
	       "`last_good` until it is undone or allowed. On the first data there is nothing to compare with. "
	       "That a column begins to hold nulls that it was always allowed is for not_null, or schema with not_null, to find.",
	.example = "schema_change: {against: last_good, allow: [added, widened]}",
	.on_nothing =
		"A table without rows has its columns all the same. A column with nothing but nulls is of any type.",
	.peers = {.dbt = "Elementary `schema_changes`", .soda = "`schema`: when schema changes"},
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.shorthand_param = 0,
	.validate = validate,
	.bind = bind,
	.judge = judge_change,
};
