/*
 * Reads one check: short forms, arguments, what stands beside them, Great Expectations' spellings inside.
 *
 * A mistake in weir.yaml goes to the list of diagnostics and the check is dropped (nothing will run); one in an imported suite
 * stays with its check, whose outcome is then `error`.
 */
#include "expect/check.h"
#include "expect/family.h"
#include "expect/own.h"

/* Arguments of Great Expectations that say nothing about the data. */
static const char *const ignored[] = {"batch_id",
                                      "catch_exceptions",
                                      "include_config",
                                      "parse_strings_as_datetimes",
                                      "output_strftime_format",
                                      "target_datasource",
                                      "auto",
                                      "profiler_config",
                                      "allow_cross_type_comparisons"};

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

	for (size_t i = 0; i < expectations_absent_count; i++)
		if (sv_is(name, expectations_absent[i].name)) {
			diag_error(r->d, r->spec.loc, "'" SV_FMT "' cannot be checked: %s", SV_ARG(name),
			           expectations_absent[i].why);
			diag_hint(r->d, "`weir explain` lists what can.");
			return;
		}
	const char *const *names = expectation_names(r->l->args.a, &n);

	names = own_names(r->l->args.a, r->l->args.catalog, names, &n);
	diag_error(r->d, r->spec.loc, "unknown expectation '" SV_FMT "'", SV_ARG(name));
	diag_suggest(r->d, name, names, n);
}

static void
unknown_argument(struct reading *r, const struct node *kid)
{
	size_t n;
	const char *const *names = args_names(r->l->args.a, r->e, &n);

	/* Great Expectations writes it so where there are none. */
	if (sv_is(kid->key, "windows") && (kid->kind == NODE_NULL || (kid->kind == NODE_SEQ && kid->n == 0)))
		return;
	if (sv_is(kid->key, "windows")) {
		diag_error(r->d, kid->key_loc,
		           "'windows' is refused: bounds that follow earlier results were computed by "
		           "Great Expectations' cloud alone");
		diag_hint(r->d, "Say it as change: {of: …, against: average(N), within_percent: …}.");
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
			r->spec.common[common] = args_resolve(&r->l->args, kid, NULL, r->d);
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
	const struct param *first = &r->e->params[0];
	const bool column = first->kind == PARAM_COLUMN || first->lone;

	if (first->kind == PARAM_CHECKS)
		return; /* its members have the column */
	if (!column && first->kind != PARAM_EXPR) {
		diag_error(r->d, r->spec.loc, "'" SV_FMT "' is no check of one column", SV_ARG(r->spec.name));
		diag_hint(r->d, "Write it under the asset's `checks:`.");
	} else if (column && r->w[0].node == NULL) {
		r->w[0] = (struct written){column_node(r, r->l->column), r->spec.loc};
	} else if (column && !sv_eq(r->w[0].node->text, r->l->column)) {
		diag_error(r->d, r->w[0].node->loc, "this check stands below the column '" SV_FMT "'",
		           SV_ARG(r->l->column));
	}
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
	if (c->mostly_given)
		json_put_f64(&w, "mostly", c->mostly);
	if (c->nby > 0) {
		json_key(&w, "by");
		json_array_inline(&w);
		for (uint32_t i = 0; i < c->nby; i++)
			json_sv(&w, c->by[i]);
		json_array_end(&w);
	}
	if (c->row_condition.n > 0) {
		json_put_raw(&w, "row_condition", c->row_condition);
		if (c->condition_parser.n > 0)
			json_put_sv(&w, "condition_parser", c->condition_parser);
	} else if (c->where.n > 0) {
		json_put_sv(&w, "row_condition", c->where);
		json_put_str(&w, "condition_parser", "weir");
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
	/* The check itself is only bound when its segments are known. */
	copy.nby = 0;
	if (b->err.code == ERR_NONE && c->nby > 0)
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

/* Before its arguments and common keys are read. */
static struct check
blank_check(const struct reading *r)
{
	return (struct check){.asset = r->l->asset,
	                      .expectation = r->e,
	                      .written_name = r->spec.name,
	                      .loc = r->spec.loc,
	                      .mostly = 1.0,
	                      .format = RESULT_SUMMARY,
	                      .keep = 20,
	                      .imported = r->l->imported};
}

/* What says something of the whole check stands beside it. */
static void
refuse_common(struct reading *r, const struct node *member)
{
	static const char *const keys[] = {"by",    "warn",        "severity",      "blocking",  "enabled",
	                                   "owner", "description", "result_format", "quarantine"};

	for (size_t i = 0; member->kind == NODE_MAP && i < LEN(keys); i++) {
		const struct node *kid = node_get(member, keys[i]);

		if (kid == NULL)
			continue;
		diag_error(r->d, kid->key_loc, "'%s' says nothing of a part of '" SV_FMT "'", keys[i],
		           SV_ARG(r->spec.name));
		diag_hint(r->d, "Write it beside '" SV_FMT "'.", SV_ARG(r->spec.name));
	}
}

/* What is on record is of whole checks, so a part would wait for its last good run for ever, and be met meanwhile. */
static void
refuse_last_good(struct reading *r, const struct check *member)
{
	if (!threshold_is_relative(&member->fail) && !threshold_is_relative(&member->warn))
		return;
	diag_error(r->d, member->fail.set ? member->fail.loc : member->warn.loc,
	           "'last_good' is not known of a part of '" SV_FMT "'", SV_ARG(r->spec.name));
	diag_hint(r->d, "Write it as a check of its own, or as change: {of: …, against: last_good}.");
}

/* The checks that a composed one is made of: read like any, and known to nobody else. */
static void
read_members(struct reading *r, struct check *c)
{
	for (uint32_t i = 0; i < r->e->nparams; i++) {
		const struct node *n = r->w[i].node;
		struct check_list sub = {.args = r->l->args,
		                         .asset = r->l->asset,
		                         .column = r->l->column,
		                         .part = r->e->compare != NULL,
		                         .d = r->d,
		                         .trial = r->l->trial};
		const size_t count = n == NULL ? 0 : n->kind == NODE_SEQ ? n->n : 1;

		if (r->e->params[i].kind != PARAM_CHECKS || n == NULL)
			continue;
		if (count == 0)
			diag_error(r->d, n->loc, "'" SV_FMT "' names no check", SV_ARG(r->spec.name));
		for (size_t k = 0; k < count; k++) {
			const struct node *member = n->kind == NODE_SEQ ? &n->kid[k] : n;

			refuse_common(r, member);
			check_add_node(&sub, member);
		}
		c->member = sub.out.v;
		c->nmember = (uint32_t)sub.out.n;
		for (uint32_t k = 0; k < c->nmember; k++)
			refuse_last_good(r, &c->member[k]);
	}
}

/* Numbers on record are of all rows that a part looks at by itself: neither of the segments of the whole nor of what its filter leaves. */
static void
refuse_past(struct reading *r, const struct check *c, const struct check *whole)
{
	for (uint32_t i = 0; i < c->nmember; i++) {
		const struct check *m = &c->member[i];

		if (m->expectation->compare == NULL) {
			refuse_past(r, m, whole);
			continue;
		}
		diag_error(r->d, m->loc, "'" SV_FMT "' knows no past of what '%s' beside '" SV_FMT "' leaves",
		           SV_ARG(m->written_name), whole->nby > 0 ? "by" : "where",
		           SV_ARG(whole->written_name));
		diag_hint(r->d, whole->nby > 0 ? "Write it as a check of its own, without `by`."
		                               : "Write `where` beside it instead.");
	}
}

/* One check for one column, or the only one. */
static void
make(struct reading *r, bool one_of_many)
{
	struct check c = blank_check(r);
	size_t before = r->d->errors;

	args_read(&r->l->args, r->w, &c, r->d);
	read_members(r, &c);
	common_read(r->l->args.a, r->spec.common, &c, r->d);
	if (c.expectation->compare == NULL && (c.where.n > 0 || c.nby > 0))
		refuse_past(r, &c, &c);
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
	if (r->e == NULL && (r->e = own_find(r->l->args.a, r->l->args.catalog, r->spec.name)) == NULL) {
		/* What is defined wrongly was told where it is defined; no other mistake lets a catalog through with it. */
		if (own_is_defined(r->l->args.catalog, r->spec.name) && !r->l->imported)
			return;
		unknown_name(r);
		return;
	}
	/* `bare` may choose the other expectation: room for both. */
	r->w = ARENA_ARRAY(r->l->args.a, struct written,
	                   r->e->nparams + (r->e->bare != NULL ? r->e->bare->nparams : 0));
	if (args != NULL && args->kind == NODE_MAP && r->e->compose != NULL &&
	    args_find(r->e, args->kid[0].key) < 0)
		r->w[0] = (struct written){args, args->loc};
	else if (args != NULL && args->kind == NODE_MAP)
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
	struct check c = blank_check(r);
	const struct node *meta = r->spec.common[COMMON_META], *name = r->spec.common[COMMON_NAME];

	c.imported = true;
	c.enabled = true;
	c.blocking = true;
	c.kwargs = SV("{}");
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
	struct reading r = {.l = l,
	                    .d = l->d,
	                    .e = e,
	                    .spec = {.name = sv_of(e->shorthand), .loc = at},
	                    .w = ARENA_ARRAY(l->args.a, struct written, e->nparams)};

	for (size_t i = 0; i < l->out.n; i++) {
		const struct check *c = &l->out.v[i];

		/* One that lets some nulls through does not stand for `nullable: false`. */
		if (e == &expect_not_be_null && (c->mostly < 1 || c->warn.set || c->fail.set))
			continue;
		if (c->expectation == e && c->err.code == ERR_NONE && c->where.n == 0 &&
		    (column.n == 0 || sv_eq(c->arg[0].column[0], column)))
			return;
	}
	if (column.n > 0)
		r.w[0] = (struct written){column_node(&r, column), at};
	size_t before = l->out.n;
	make(&r, false);
	if (l->out.n > before)
		l->out.v[before].implicit = true;
}
