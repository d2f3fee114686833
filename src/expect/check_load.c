/*
 * Reads one check: short forms, arguments, what stands beside them, Great Expectations' spellings inside.
 *
 * A mistake in weir.yaml goes to the list of diagnostics and the check is dropped (nothing will run); one in an imported suite
 * stays with its check, whose outcome is then `error`.
 */
#include <string.h>

#include "expect/check.h"
#include "expect/row_condition.h"

static const struct {
	const char *name;
	bool beside, inside;
} commons[COMMON_COUNT] = {
	[COMMON_NAME] = {"name", true, false},
	[COMMON_WHERE] = {"where", true, false},
	[COMMON_MOSTLY] = {"mostly", true, true},
	[COMMON_BY] = {"by", true, false},
	[COMMON_WARN] = {"warn", true, false},
	[COMMON_FAIL] = {"fail", true, false},
	[COMMON_SEVERITY] = {"severity", true, true},
	[COMMON_BLOCKING] = {"blocking", true, false},
	[COMMON_ENABLED] = {"enabled", true, false},
	[COMMON_OWNER] = {"owner", true, false},
	[COMMON_DESCRIPTION] = {"description", true, false},
	[COMMON_RESULT_FORMAT] = {"result_format", true, true},
	[COMMON_QUARANTINE] = {"quarantine", true, false},
	[COMMON_ROW_CONDITION] = {"row_condition", false, true},
	[COMMON_CONDITION_PARSER] = {"condition_parser", false, true},
	[COMMON_META] = {"meta", false, true},
};

/* Arguments of Great Expectations that say nothing about the data. */
static const char *const ignored[] = {"batch_id", "catch_exceptions", "include_config",
                                      "parse_strings_as_datetimes"};

static int
common_find(struct sv name)
{
	for (int i = 0; i < COMMON_COUNT; i++)
		if (sv_is(name, commons[i].name))
			return i;
	return -1;
}

static bool
is_ignored(struct sv name)
{
	for (size_t i = 0; i < LEN(ignored); i++)
		if (sv_is(name, ignored[i]))
			return true;
	return false;
}

/* A check that is being read. */
struct reading {
	struct check_list *l;
	struct diags *d;
	struct spec spec;
	const struct expectation *e;
	struct written *w;       /* [e->nparams] */
	const struct node *each; /* a short form's list of columns: one check for each; or NULL */
};

static void
unknown_name(struct reading *r)
{
	struct sv name = r->spec.name;
	size_t n;

	for (size_t i = 0; i < expectations_planned_count; i++)
		if (sv_is(name, expectations_planned[i])) {
			diag_error(r->d, r->spec.loc, "'" SV_FMT "' is not built yet", SV_ARG(name));
			diag_hint(r->d, "`weir explain` lists what is.");
			return;
		}
	const char *const *names = expectation_names(r->l->args.a, &n);
	diag_error(r->d, r->spec.loc, "unknown expectation '" SV_FMT "'", SV_ARG(name));
	diag_suggest(r->d, name, names, n);
}

static void
unknown_argument(struct reading *r, const struct node *kid)
{
	size_t n;
	const char *const *names = args_names(r->l->args.a, r->e, &n);

	if (sv_is(kid->key, "windows")) {
		diag_error(r->d, kid->key_loc, "'windows' is not built yet");
		return;
	}
	diag_error(r->d, kid->key_loc, "'" SV_FMT "' has no argument '" SV_FMT "'", SV_ARG(r->spec.name),
	           SV_ARG(kid->key));
	diag_suggest(r->d, kid->key, names, n);
}

/* Names of parameters go first: a parameter may be called as something that stands beside. */
static void
read_map(struct reading *r)
{
	for (size_t i = 0; i < r->spec.args->n; i++) {
		const struct node *kid = &r->spec.args->kid[i];
		int p = args_find(r->e, kid->key), common = common_find(kid->key);

		if (p >= 0 && r->w[p].node != NULL) {
			diag_error(r->d, kid->key_loc, "'" SV_FMT "' is given twice", SV_ARG(kid->key));
			diag_hint(r->d, "'%s' is another name of it.", r->e->params[p].name);
		} else if (p >= 0) {
			r->w[p] = (struct written){kid, kid->key_loc};
		} else if (common >= 0 && commons[common].inside) {
			if (r->spec.common[common] != NULL)
				diag_error(r->d, kid->key_loc,
				           "'" SV_FMT "' stands both inside and beside the expectation",
				           SV_ARG(kid->key));
			r->spec.common[common] = kid;
		} else if (common >= 0) {
			diag_error(r->d, kid->key_loc, "'" SV_FMT "' belongs beside '" SV_FMT "', not inside",
			           SV_ARG(kid->key), SV_ARG(r->spec.name));
		} else if (!is_ignored(kid->key)) {
			unknown_argument(r, kid);
		}
	}
}

static void
read_short(struct reading *r)
{
	const struct node *n = r->spec.args;
	int p = r->e->shorthand_param;

	if (r->e->bare != NULL && (n->kind == NODE_INT || n->kind == NODE_REAL)) {
		r->e = r->e->bare;
		p = 0;
	}
	/* Below a column, the column is known, and what is given is the next thing that one needs. */
	if (r->l->column.n > 0 && p >= 0 && r->e->params[p].kind == PARAM_COLUMN)
		for (p = 0; p < (int)r->e->nparams && r->e->params[p].kind == PARAM_COLUMN;)
			p++;
	/* What may be left out is not meant by a bare value: is `between: 5` the lower bound? */
	if (r->l->column.n > 0 && p >= 0 && p < (int)r->e->nparams && !r->e->params[p].required)
		p = -1;
	if (p < 0 || p >= (int)r->e->nparams) {
		diag_error(r->d, n->loc, "'" SV_FMT "' takes %s, not %s", SV_ARG(r->spec.name),
		           r->e->nparams == 0 || p > 0 ? "no argument" : "a map of arguments",
		           node_kind_name(n->kind));
		return;
	}
	if (n->kind == NODE_SEQ && r->e->params[p].kind == PARAM_COLUMN) {
		r->each = n;
		if (n->n == 0)
			diag_error(r->d, n->loc, "'" SV_FMT "' names no column", SV_ARG(r->spec.name));
		return;
	}
	r->w[p] = (struct written){n, n->loc};
}

/* A column as if it had been written. */
static const struct node *
column_node(struct reading *r, struct sv name)
{
	struct node *n = ARENA_NEW(r->l->args.a, struct node);

	*n = (struct node){.kind = NODE_TEXT, .loc = r->spec.loc, .text = name};
	return n;
}

static void
imply_column(struct reading *r)
{
	if (r->l->column.n == 0 || r->e->nparams == 0)
		return;
	if (r->e->params[0].kind != PARAM_COLUMN && r->e->params[0].kind != PARAM_EXPR) {
		diag_error(r->d, r->spec.loc, "'" SV_FMT "' is no check of one column", SV_ARG(r->spec.name));
		diag_hint(r->d, "Write it under the asset's `checks:`.");
	} else if (r->e->params[0].kind == PARAM_COLUMN && r->w[0].node == NULL) {
		r->w[0] = (struct written){column_node(r, r->l->column), r->spec.loc};
	} else if (r->e->params[0].kind == PARAM_COLUMN && !sv_eq(r->w[0].node->text, r->l->column)) {
		diag_error(r->d, r->w[0].node->loc, "this check stands below the column '" SV_FMT "'",
		           SV_ARG(r->l->column));
	}
}

static void
set_text(struct reading *r, enum common key, struct sv *ret)
{
	if (r->spec.common[key] != NULL)
		(void)!node_text(r->spec.common[key], ret, r->d);
}

static void
set_threshold(struct reading *r, enum common key, const struct check *c, struct threshold *ret)
{
	const struct node *n = r->spec.common[key];
	struct err err = {0};
	struct sv text;

	if (n == NULL || !node_text(n, &text, r->d))
		return;
	if (!threshold_parse(text, n->loc, ret, &err))
		diag_add_err(r->d, &err);
	else if (r->spec.common[COMMON_MOSTLY] != NULL)
		diag_error(r->d, n->loc, "'%s' and 'mostly' cannot both say when the check fails",
		           commons[key].name);
	else if (c->expectation->no_threshold)
		diag_error(r->d, n->loc, "'" SV_FMT "' has no number to compare with a threshold",
		           SV_ARG(c->written_name));
	else if (ret->percent && c->expectation->family >= FAMILY_AGGREGATE)
		diag_error(r->d, n->loc,
		           "'" SV_FMT "' counts no rows, so its threshold cannot be a percentage",
		           SV_ARG(c->written_name));
}

static void
set_mostly(struct reading *r, struct check *c)
{
	const struct node *n = r->spec.common[COMMON_MOSTLY];

	if (n == NULL || n->kind == NODE_NULL || !node_real(n, &c->mostly, r->d))
		return;
	c->mostly_given = true;
	if (!(c->mostly >= 0 && c->mostly <= 1)) {
		diag_error(r->d, n->loc, "'mostly' must be from 0 to 1, not " SV_FMT, SV_ARG(n->text));
		if (c->mostly > 1 && c->mostly <= 100)
			diag_hint(r->d, "It is a share: %g percent is %g.", c->mostly, c->mostly / 100);
	} else if (c->expectation->family >= FAMILY_AGGREGATE) {
		diag_error(r->d, n->loc, "'mostly' means nothing for '" SV_FMT "', which counts no rows",
		           SV_ARG(c->written_name));
	}
}

static void
set_severity(struct reading *r, struct check *c)
{
	const struct node *n = r->spec.common[COMMON_SEVERITY];
	struct sv text;

	if (n == NULL || n->kind == NODE_NULL || !node_text(n, &text, r->d))
		return;
	for (int i = 0; i < (int)LEN(severity_names); i++)
		if (sv_is(text, severity_names[i])) {
			c->severity = (enum severity)i;
			return;
		}
	diag_error(r->d, n->loc, "'severity' must be critical, warning or info, not '" SV_FMT "'",
	           SV_ARG(text));
	diag_suggest(r->d, text, severity_names, LEN(severity_names));
}

static void
set_format_name(struct reading *r, const struct node *n, struct check *c)
{
	static const char *const names[] = {"BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"};
	struct sv text;

	if (!node_text(n, &text, r->d))
		return;
	for (int i = 0; i < (int)LEN(names); i++)
		if (sv_ieq(text, sv_of(names[i]))) {
			c->format = (enum result_format)i;
			c->format_given = true;
			return;
		}
	diag_error(r->d, n->loc,
	           "'result_format' must be BOOLEAN_ONLY, BASIC, SUMMARY or COMPLETE, not '" SV_FMT "'",
	           SV_ARG(text));
	diag_suggest(r->d, text, names, LEN(names));
}

static void
set_format(struct reading *r, struct check *c)
{
	const struct node *n = r->spec.common[COMMON_RESULT_FORMAT];
	int64_t keep;

	if (n == NULL || n->kind == NODE_NULL)
		return;
	if (n->kind != NODE_MAP) {
		set_format_name(r, n, c);
		return;
	}
	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];

		if (sv_is(kid->key, "result_format"))
			set_format_name(r, kid, c);
		else if (sv_is(kid->key, "partial_unexpected_count")) {
			if (node_int(kid, &keep, r->d) && (keep < 0 || keep > 10000))
				diag_error(r->d, kid->loc,
				           "'partial_unexpected_count' must be between 0 and 10000");
			else
				c->keep = (uint32_t)keep;
		} else if (!sv_is(kid->key, "include_unexpected_rows") &&
		           !sv_is(kid->key, "return_unexpected_index_query") &&
		           !sv_is(kid->key, "exclude_unexpected_values")) {
			diag_error(r->d, kid->key_loc, "'" SV_FMT "' in result_format is not built yet",
			           SV_ARG(kid->key));
		} else if (kid->kind == NODE_BOOL && kid->b &&
		           !sv_is(kid->key, "return_unexpected_index_query")) {
			diag_error(r->d, kid->key_loc, "'" SV_FMT "' is not built yet", SV_ARG(kid->key));
		}
	}
}

static struct sv
node_json(struct arena *a, const struct node *n)
{
	AUTO(buf) b = buf_new(1 << 24);
	struct json_writer w;

	json_write_init(&w, b, 0);
	node_to_json(n, &w);
	return arena_sv(a, buf_sv(b));
}

static void
set_where(struct reading *r, struct check *c)
{
	const struct node *where = r->spec.common[COMMON_WHERE], *cond = r->spec.common[COMMON_ROW_CONDITION];
	const struct node *parser = r->spec.common[COMMON_CONDITION_PARSER];
	struct err err = {0};
	size_t before = r->d->errors;

	if (cond != NULL && cond->kind == NODE_NULL)
		cond = NULL;
	if (where != NULL && cond != NULL) {
		diag_error(r->d, cond->key_loc, "'where' and 'row_condition' cannot both filter rows");
		return;
	}
	if (cond != NULL) {
		c->where_loc = cond->loc;
		c->row_condition = node_json(r->l->args.a, cond);
		if (parser != NULL && parser->kind == NODE_TEXT)
			c->condition_parser = parser->text;
		if (!row_condition_text(r->l->args.a, cond, parser, &c->where, &err))
			diag_add_err(r->d, &err);
		else if (expr_parse(r->l->args.a, c->where, cond->loc, r->d) == NULL &&
		         r->d->errors == before)
			diag_error(r->d, cond->loc, "the row condition cannot be read");
		return;
	}
	if (where == NULL || !node_text(where, &c->where, r->d))
		return;
	c->where_loc = where->loc;
	if (sv_trim(c->where).n == 0)
		diag_error(r->d, where->loc, "'where' is empty");
	else
		(void)expr_parse(r->l->args.a, c->where, where->loc, r->d);
}

static void
set_beside(struct reading *r, struct check *c)
{
	static const enum common later[] = {COMMON_BY, COMMON_QUARANTINE};
	const struct node *flag;

	for (size_t i = 0; i < LEN(later); i++)
		if (r->spec.common[later[i]] != NULL)
			diag_error(r->d, r->spec.common[later[i]]->key_loc, "'%s' is not built yet",
			           commons[later[i]].name);
	set_text(r, COMMON_NAME, &c->name);
	set_text(r, COMMON_OWNER, &c->owner);
	set_text(r, COMMON_DESCRIPTION, &c->description);
	set_where(r, c);
	set_mostly(r, c);
	set_threshold(r, COMMON_WARN, c, &c->warn);
	set_threshold(r, COMMON_FAIL, c, &c->fail);
	set_severity(r, c);
	set_format(r, c);
	c->enabled = true;
	c->blocking = c->severity == SEVERITY_CRITICAL;
	if ((flag = r->spec.common[COMMON_BLOCKING]) != NULL)
		(void)!node_bool(flag, &c->blocking, r->d);
	if ((flag = r->spec.common[COMMON_ENABLED]) != NULL)
		(void)!node_bool(flag, &c->enabled, r->d);
	if (r->spec.common[COMMON_META] != NULL)
		c->meta = node_json(r->l->args.a, r->spec.common[COMMON_META]);
}

/* Great Expectations' form of the whole check: arguments, mostly, filter. */
static struct sv
kwargs_json(struct arena *a, const struct check *c)
{
	AUTO(buf) b = buf_new(1 << 24);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object(&w);
	args_json(c, &w);
	if (c->mostly_given) {
		json_key(&w, "mostly");
		json_f64(&w, c->mostly);
	}
	if (c->row_condition.n > 0) {
		json_key(&w, "row_condition");
		json_raw(&w, c->row_condition);
		if (c->condition_parser.n > 0) {
			json_key(&w, "condition_parser");
			json_sv(&w, c->condition_parser);
		}
	} else if (c->where.n > 0) {
		json_key(&w, "row_condition");
		json_sv(&w, c->where);
		json_key(&w, "condition_parser");
		json_str(&w, "weir");
	}
	json_object_end(&w);
	return arena_sv(a, buf_sv(b));
}

/* Types what is declared: a wrong column type is a mistake of the catalog, to be told before any data is read. */
static void
try_bind(struct reading *r, const struct check *c)
{
	struct check copy = *c;
	struct checks one = {.v = &copy, .n = 1};
	struct bound *b;

	if (r->l->trial == NULL)
		return;
	copy.enabled = true;
	b = checks_bind(r->l->trial, &one);
	if (b->err.code == ERR_NONE)
		return;
	if (b->err.loc.line == 0)
		b->err.loc = c->loc;
	diag_add_err(r->d, &b->err);
}

static struct check *
emit(struct reading *r, struct check *c)
{
	struct check *out = LIST_ADD(r->l->args.a, &r->l->out);

	*out = *c;
	return out;
}

/* One check for one column, or the only one. */
static void
make(struct reading *r, bool one_of_many)
{
	struct check c = {.asset = r->l->asset,
	                  .expectation = r->e,
	                  .written_name = r->spec.name,
	                  .loc = r->spec.loc,
	                  .mostly = 1.0,
	                  .format = RESULT_SUMMARY,
	                  .keep = 20,
	                  .imported = r->l->imported};
	size_t before = r->d->errors;

	args_read(&r->l->args, r->w, &c, r->d);
	set_beside(r, &c);
	if (r->d->errors != before)
		return;
	if (one_of_many && c.name.n > 0)
		c.name = arena_svf(r->l->args.a, SV_FMT ":" SV_FMT, SV_ARG(c.name),
		                   SV_ARG(c.arg[0].column[0]));
	c.kwargs = kwargs_json(r->l->args.a, &c);
	try_bind(r, &c);
	if (r->d->errors == before)
		(void)emit(r, &c);
}

static void
make_each(struct reading *r)
{
	for (size_t i = 0; i < r->each->n; i++) {
		r->w[0] = (struct written){&r->each->kid[i], r->each->kid[i].loc};
		make(r, r->each->n > 1);
	}
}

static void
read_spec(struct reading *r)
{
	const struct node *args = r->spec.args;
	size_t before = r->d->errors;

	r->e = expectation_find(r->spec.name);
	if (r->e == NULL) {
		unknown_name(r);
		return;
	}
	/* `bare` may choose the other expectation: room for both. */
	r->w = ARENA_ARRAY(r->l->args.a, struct written,
	                   r->e->nparams + (r->e->bare != NULL ? r->e->bare->nparams : 0));
	if (args != NULL && args->kind == NODE_MAP)
		read_map(r);
	else if (args != NULL && args->kind != NODE_NULL)
		read_short(r);
	imply_column(r);
	if (r->d->errors != before)
		return;
	if (r->each != NULL)
		make_each(r);
	else
		make(r, false);
}

/* A mistake of a suite that is not ours: the check stays, and will not pass. */
static void
emit_mistake(struct reading *r)
{
	struct check c = {.asset = r->l->asset,
	                  .expectation = r->e,
	                  .written_name = r->spec.name,
	                  .loc = r->spec.loc,
	                  .mostly = 1.0,
	                  .format = RESULT_SUMMARY,
	                  .keep = 20,
	                  .imported = true,
	                  .enabled = true,
	                  .blocking = true,
	                  .kwargs = SV("{}")};
	const struct node *meta = r->spec.common[COMMON_META], *name = r->spec.common[COMMON_NAME];

	if (r->e != NULL)
		c.arg = ARENA_ARRAY(r->l->args.a, struct arg, r->e->nparams);
	if (r->spec.args != NULL && r->spec.args->kind == NODE_MAP)
		c.kwargs = node_json(r->l->args.a, r->spec.args);
	if (meta != NULL)
		c.meta = node_json(r->l->args.a, meta);
	if (name != NULL && name->kind == NODE_TEXT)
		c.name = name->text;
	for (size_t i = 0; i < r->d->list.n && c.err.code == ERR_NONE; i++) {
		const struct diag *m = &r->d->list.v[i];

		if (m->level != DIAG_ERROR)
			continue;
		err_set(&c.err, ERR_ARG, m->loc, "%s", m->msg);
		if (m->hint != NULL)
			err_hint(&c.err, "%s", m->hint);
	}
	(void)emit(r, &c);
}

void
check_add(struct check_list *l, const struct spec *s)
{
	struct diags own;
	struct reading r = {.l = l, .d = l->d, .spec = *s};

	if (!l->imported) {
		read_spec(&r);
		return;
	}
	diags_init(&own, l->args.a);
	r.d = &own;
	size_t before = l->out.n;
	read_spec(&r);
	if (own.errors > 0) {
		l->out.n = before;
		emit_mistake(&r);
	}
}

void
check_add_node(struct check_list *l, const struct node *n)
{
	struct diags own;
	struct diags *d = l->d;
	struct spec s = {.loc = n->loc};

	if (l->imported) {
		diags_init(&own, l->args.a);
		d = &own;
	}
	const struct node *e = check_expectation(l->args.a, n, d);
	if (e == NULL && l->imported) {
		struct reading r = {.l = l, .d = &own, .spec = {.name = SV("?"), .loc = n->loc}};

		emit_mistake(&r);
	}
	if (e == NULL)
		return;
	if (e == n) {
		s.name = n->text;
	} else {
		s = (struct spec){.name = e->key, .loc = e->key_loc, .args = e};
		for (size_t i = 0; i < n->n; i++) {
			int common = common_find(n->kid[i].key);

			if (common >= 0 && &n->kid[i] != e)
				s.common[common] = &n->kid[i];
		}
	}
	check_add(l, &s);
}

void
check_add_implicit(struct check_list *l, const struct expectation *e, struct sv column, struct loc at)
{
	struct written w = {0};
	struct reading r = {
		.l = l, .d = l->d, .e = e, .spec = {.name = sv_of(e->shorthand), .loc = at}, .w = &w};

	for (size_t i = 0; i < l->out.n; i++) {
		const struct check *c = &l->out.v[i];

		if (c->expectation == e && c->err.code == ERR_NONE && c->where.n == 0 &&
		    (column.n == 0 || sv_eq(c->arg[0].column[0], column)))
			return;
	}
	if (column.n > 0)
		w = (struct written){column_node(&r, column), at};
	size_t before = l->out.n;
	make(&r, false);
	if (l->out.n > before)
		l->out.v[before].implicit = true;
}
