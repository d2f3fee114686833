/* Arguments of a check: from nodes to typed values, by the expectation's table of parameters. */
#include "expect/args.h"

#include <math.h>

#include "base/duration.h"
#include "base/fs.h"
#include "expect/baseline.h"
#include "expect/parameter.h"
#include "expr/regex.h"

int
args_find(const struct expectation *e, struct sv name)
{
	for (uint32_t i = 0; i < e->nparams; i++) {
		const struct param *p = &e->params[i];

		if (sv_is(name, p->name))
			return (int)i;
		for (size_t j = 0; j < LEN(p->alias) && p->alias[j] != NULL; j++)
			if (sv_is(name, p->alias[j]))
				return (int)i;
	}
	return -1;
}

const char *const *
args_names(struct arena *a, const struct expectation *e, size_t *n)
{
	const char **name = ARENA_ARRAY(a, const char *, e->nparams *(1 + LEN(e->params[0].alias)));

	*n = 0;
	for (uint32_t i = 0; i < e->nparams; i++) {
		const struct param *p = &e->params[i];

		name[(*n)++] = p->name;
		for (size_t j = 0; j < LEN(p->alias) && p->alias[j] != NULL; j++)
			name[(*n)++] = p->alias[j];
	}
	return name;
}

static bool
is_scalar(const struct node *n)
{
	return n->kind != NODE_SEQ && n->kind != NODE_MAP;
}

/*
 * What depends on the clock is another value each time, and the same check: it is known by what it says, with the clock at the epoch.
 */
static struct sv
timeless(const struct args_scope *s, const struct node *text)
{
	struct node at_epoch;
	bool clock;

	if (!parameter_eval(s->a, text->text, text->loc, s->params, 0, &at_epoch, &clock, NULL))
		return text->text;
	return arena_svf(s->a, "now: " SV_FMT, SV_ARG(at_epoch.text));
}

/* {"$PARAMETER": "rows", "$PARAMETER.rows": 10}: the value that came with it is the one that counts. */
static const struct node *
value_beside(struct arena *a, const struct node *n, const struct node *name)
{
	return name->kind == NODE_TEXT && n->n == 2
	               ? node_get(n, arena_printf(a, "$PARAMETER." SV_FMT, SV_ARG(name->text)))
	               : NULL;
}

const struct node *
args_parameter(struct arena *a, const struct node *n, const struct node **value)
{
	const struct node *name = n->kind == NODE_MAP && n->n > 0 && n->n <= 2 ? node_get(n, "$PARAMETER")
	                                                                       : NULL;

	*value = name != NULL ? value_beside(a, n, name) : NULL;
	return n->n == 1 || *value != NULL ? name : NULL;
}

static const struct node *
refuse_urn(const struct node *name, struct diags *d)
{
	diag_error(d, name->loc,
	           "the suite parameter '" SV_FMT
	           "' refers to other results, and weir keeps none by that name",
	           SV_ARG(name->text));
	diag_hint(d, "Give the number. row_count_equal_other compares rows, change: with earlier runs.");
	return NULL;
}

const struct node *
args_resolve(const struct args_scope *s, const struct node *n, struct sv *said, struct diags *d)
{
	const struct node *value, *name = args_parameter(s->a, n, &value);
	struct node *ret = ARENA_NEW(s->a, struct node);
	struct err err = {0};
	bool clock;

	if (name == NULL || value != NULL)
		return name == NULL ? n : value;
	if (name->kind != NODE_TEXT ||
	    memmem(name->text.p, name->text.n, "urn:great_expectations:", 23) != NULL)
		return refuse_urn(name, d);
	for (size_t i = 0; s->params != NULL && i < s->params->n; i++)
		if (sv_eq(s->params->kid[i].key, name->text))
			return &s->params->kid[i];
	if (!parameter_eval(s->a, name->text, name->loc, s->params, s->now_us, ret, &clock, &err)) {
		diag_add_err(d, &err);
		return NULL;
	}
	ret->key = n->key;
	ret->key_loc = n->key_loc;
	if (clock && said != NULL)
		*said = timeless(s, name);
	return ret;
}

static void
wrong_kind(const struct param *p, const struct written *w, const char *want, struct diags *d)
{
	diag_error(d, w->node->loc, "'%s' must be %s, not %s", p->name, want, node_kind_name(w->node->kind));
}

static void
read_column(const struct args_scope *s, const struct param *p, const struct written *w, struct arg *arg,
            struct diags *d)
{
	if (!is_scalar(w->node) || w->node->text.n == 0) {
		wrong_kind(p, w, "the name of a column", d);
		return;
	}
	arg->column = ARENA_NEW(s->a, struct sv);
	arg->column[0] = w->node->text;
	arg->ncolumn = 1;
}

/* A list of names of `what`s, or one of them. */
static struct sv *
read_names(const struct args_scope *s, const struct param *p, const struct written *w, const char *what,
           uint32_t *n, struct diags *d)
{
	bool list = w->node->kind == NODE_SEQ;
	size_t count = list ? w->node->n : 1;
	struct sv *ret = ARENA_ARRAY(s->a, struct sv, count);

	if (w->node->kind == NODE_MAP || count == 0) {
		wrong_kind(p, w, arena_printf(s->a, "a list of %ss", what), d);
		return ret;
	}
	for (size_t i = 0; i < count; i++) {
		const struct node *item = list ? &w->node->kid[i] : w->node;

		if (!is_scalar(item) || item->text.n == 0)
			diag_error(d, item->loc, "'%s' must be a list of %ss, and this is %s", p->name, what,
			           node_kind_name(item->kind));
		else if (sv_in(item->text, ret, *n))
			diag_error(d, item->loc, "%s '" SV_FMT "' is in the list already", what,
			           SV_ARG(item->text));
		else
			ret[(*n)++] = item->text;
	}
	return ret;
}

static void
read_values(const struct args_scope *s, const struct param *p, const struct written *w, struct arg *arg,
            struct diags *d)
{
	if (w->node->kind != NODE_SEQ) {
		wrong_kind(p, w, "a list of values", d);
		return;
	}
	for (size_t i = 0; i < w->node->n; i++)
		if (!is_scalar(&w->node->kid[i]))
			diag_error(d, w->node->kid[i].loc,
			           "'%s' must be a list of plain values, and this is %s", p->name,
			           node_kind_name(w->node->kid[i].kind));
	arg->v = node_value(s->a, w->node);
}

static bool
is_pair(const struct node *n)
{
	return n->kind == NODE_SEQ && n->n == 2 && is_scalar(&n->kid[0]) && is_scalar(&n->kid[1]);
}

static void
read_pairs(const struct args_scope *s, const struct param *p, const struct written *w, struct arg *arg,
           struct diags *d)
{
	if (w->node->kind != NODE_SEQ) {
		wrong_kind(p, w, "a list of pairs of values", d);
		return;
	}
	for (size_t i = 0; i < w->node->n; i++) {
		if (is_pair(&w->node->kid[i]))
			continue;
		diag_error(d, w->node->kid[i].loc,
		           "'%s' must be a list of pairs of values, and this is no pair", p->name);
		diag_hint(d, "Write each as [a, b].");
	}
	arg->v = node_value(s->a, w->node);
}

static void
read_number(const struct args_scope *s, const struct param *p, const struct written *w, struct arg *arg,
            struct diags *d)
{
	bool whole = p->kind == PARAM_INTEGER;

	if (w->node->kind != NODE_INT && w->node->kind != NODE_REAL) {
		wrong_kind(p, w, whole ? "a whole number" : "a number", d);
		return;
	}
	arg->v = node_value(s->a, w->node);
	arg->real = w->node->kind == NODE_INT ? (double)w->node->i : w->node->r;
	if (whole && w->node->kind == NODE_REAL &&
	    (arg->real != floor(arg->real) || fabs(arg->real) > 9e18)) {
		diag_error(d, w->node->loc, "'%s' must be a whole number, not " SV_FMT, p->name,
		           SV_ARG(w->node->text));
		return;
	}
	if (whole)
		arg->integer = w->node->kind == NODE_INT ? w->node->i : (int64_t)arg->real;
	if (p->bounded && (arg->real < p->min || arg->real > p->max))
		diag_error(d, w->node->loc, "'%s' must be between %g and %g, not " SV_FMT, p->name, p->min,
		           p->max, SV_ARG(w->node->text));
}

static void
read_duration(const struct param *p, const struct written *w, struct arg *arg, struct diags *d)
{
	struct err err = {0};

	if (!is_scalar(w->node)) {
		wrong_kind(p, w, "a duration", d);
	} else if (!duration_parse(w->node->text, &arg->integer, &err)) {
		diag_error(d, w->node->loc, "'%s': %s", p->name, err.msg);
		diag_hint(d, "Write it as 90s, 15m, 26h, 7d or 1d6h.");
	} else if (arg->integer == 0) {
		diag_error(d, w->node->loc, "'%s' must be longer than 0", p->name);
	}
}

/* A file that the check is made of: what stands in it is part of what the check says. */
static void
read_file(const struct args_scope *s, const struct param *p, const struct written *w, struct arg *arg,
          struct diags *d)
{
	enum { FILE_SIZE_MAX = 16 << 20 };
	const char *folder = w->node->loc.file != NULL ? fs_dirname(s->a, w->node->loc.file) : ".";
	char hex[HASH_HEX];
	struct err err = {0};
	struct hasher h;

	if (!is_scalar(w->node)) {
		wrong_kind(p, w, "the name of a file", d);
		return;
	}
	arg->text = w->node->text;
	for (arg->choice = 0; p->names[arg->choice] != NULL; arg->choice++)
		if (sv_is(arg->text, p->names[arg->choice]))
			return;
	arg->choice = -1;
	if (!fs_read(s->a, fs_join(s->a, folder, arg->text), FILE_SIZE_MAX, &arg->v.s, &err)) {
		diag_error(d, w->node->loc, "'%s': %s", p->name, err.msg);
		diag_hint(d, "It is %s, or a file, relative to the one that names it.", p->names[0]);
		return;
	}
	arg->v.kind = VALUE_TEXT;
	hasher_init(&h);
	hasher_add(&h, arg->v.s);
	hasher_end(&h, hex);
	arg->said = arena_sv(s->a, sv_of(hex));
}

static void
read_enum(const struct param *p, const struct written *w, struct arg *arg, struct diags *d)
{
	size_t n = 0;

	while (p->names[n] != NULL)
		n++;
	for (arg->choice = 0; (size_t)arg->choice < n; arg->choice++)
		if (sv_is(w->node->text, p->names[arg->choice]))
			return;
	arg->choice = 0;
	diag_error(d, w->node->loc, "'%s' cannot be '" SV_FMT "'", p->name, SV_ARG(w->node->text));
	diag_suggest(d, w->node->text, p->names, n);
}

/* dbt's ref('x') and source('a', 'b'): the last name, or "a/b". */
static struct sv
dbt_name(struct arena *a, struct sv text)
{
	bool source = sv_starts(text, SV("source(")), ref = sv_starts(text, SV("ref("));
	struct sv name = {0};

	if ((!source && !ref) || !sv_ends(text, SV(")")))
		return text;
	for (struct sv rest = sv_skip((struct sv){text.p, text.n - 1}, source ? 7 : 4); rest.n > 0;) {
		struct sv part = sv_trim(sv_cut(&rest, ','));

		if (part.n >= 2 && (part.p[0] == '\'' || part.p[0] == '"') && part.p[part.n - 1] == part.p[0])
			part = (struct sv){part.p + 1, part.n - 2};
		name = source && name.n > 0 ? arena_svf(a, SV_FMT "/" SV_FMT, SV_ARG(name), SV_ARG(part))
		                            : part;
	}
	return name;
}

/* The one whose key ends so, behind a `/`; NULL if there is none, or several. */
static const struct asset *
by_end(const struct catalog *c, struct sv name)
{
	const struct asset *ret = NULL;

	for (size_t i = 0; i < c->nasset; i++) {
		const struct sv key = c->asset[i].key;

		if (name.n == 0 || key.n <= name.n || !sv_ends(key, name) || key.p[key.n - name.n - 1] != '/')
			continue;
		if (ret != NULL)
			return NULL;
		ret = &c->asset[i];
	}
	return ret;
}

static void
read_asset(const struct args_scope *s, const struct written *w, struct arg *arg, struct diags *d)
{
	const struct asset *asset;
	size_t n;

	arg->text = dbt_name(s->a, w->node->text);
	if (s->catalog == NULL)
		return;
	asset = catalog_asset(s->catalog, arg->text);
	if (asset == NULL && s->foreign)
		asset = by_end(s->catalog, arg->text);
	if (asset != NULL) {
		arg->text = asset->key;
		return;
	}

	const char *const *keys = catalog_keys(s->a, s->catalog, &n);
	diag_error(d, w->node->loc, "no asset '" SV_FMT "'", SV_ARG(arg->text));
	diag_suggest(d, arg->text, keys, n);
}

static void
check_source(const struct args_scope *s, const struct written *w, struct diags *d)
{
	const char **names;

	if (s->catalog == NULL)
		return;
	names = ARENA_ARRAY(s->a, const char *, s->catalog->nsource);
	for (size_t i = 0; i < s->catalog->nsource; i++) {
		if (sv_eq(s->catalog->source[i].name, w->node->text))
			return;
		names[i] = arena_str(s->a, s->catalog->source[i].name);
	}
	diag_error(d, w->node->loc, "there is no source '" SV_FMT "'", SV_ARG(w->node->text));
	diag_suggest(d, w->node->text, names, s->catalog->nsource);
}

static void
read_text(const struct args_scope *s, const struct param *p, const struct written *w, struct arg *arg,
          struct diags *d)
{
	struct err err = {0};
	struct regex *r = NULL;

	if (!is_scalar(w->node)) {
		wrong_kind(p, w,
		           p->kind == PARAM_EXPR  ? "an expression"
		           : p->kind == PARAM_SQL ? "a query"
		                                  : "text",
		           d);
		return;
	}
	arg->text = w->node->text;
	switch (p->kind) {
	case PARAM_REGEX:
		if (!regex_compile(arg->text, &r, &err)) {
			diag_error(d, w->node->loc, "%s", err.msg);
			if (err.hint[0] != '\0')
				diag_hint(d, "%s", err.hint);
			return;
		}
		regex_free(r);
		return;
	case PARAM_EXPR:
		(void)expr_parse(s->a, arg->text, w->node->loc, d);
		return;
	case PARAM_SQL:
		if (s->any_sql || (s->catalog != NULL && s->catalog->allow_sql))
			return;
		diag_error(d, w->node->loc, "checks with SQL of their own are not allowed here");
		diag_hint(d, "Say `allow_sql: true` at the top of weir.yaml, or write it as an expr.");
		return;
	case PARAM_ENUM:
		read_enum(p, w, arg, d);
		return;
	case PARAM_ASSET:
		read_asset(s, w, arg, d);
		return;
	case PARAM_TEXT:
		if (p->is_source)
			check_source(s, w, d);
		return;
	default:
		return;
	}
}

/* It would be taken for null, and a bound that is null for none: nothing could be past it. */
static bool
has_nan(const struct node *n)
{
	for (size_t i = 0; !is_scalar(n) && i < n->n; i++)
		if (has_nan(&n->kid[i]))
			return true;
	return n->kind == NODE_REAL && isnan(n->r);
}

static void
read_one(const struct args_scope *s, const struct param *p, const struct written *w, struct arg *arg,
         struct diags *d)
{
	/* Among the values of a set it is one that none is equal to. */
	if (p->kind != PARAM_VALUES && p->kind != PARAM_PAIRS && has_nan(w->node)) {
		diag_error(d, w->node->loc, "'%s' must be a number, and NaN is none", p->name);
		return;
	}
	switch (p->kind) {
	case PARAM_COLUMN:
		read_column(s, p, w, arg, d);
		return;
	case PARAM_COLUMNS:
		arg->column = read_names(s, p, w, "column", &arg->ncolumn, d);
		return;
	case PARAM_NAMES:
		arg->name = read_names(s, p, w, "name", &arg->nname, d);
		return;
	case PARAM_VALUE:
		if (!is_scalar(w->node))
			wrong_kind(p, w, "a number or text", d);
		else
			arg->v = node_value(s->a, w->node);
		return;
	case PARAM_VALUES:
		read_values(s, p, w, arg, d);
		return;
	case PARAM_PAIRS:
		read_pairs(s, p, w, arg, d);
		return;
	case PARAM_MAP:
		if (w->node->kind != NODE_MAP)
			wrong_kind(p, w, "a map", d);
		else
			arg->v = node_value(s->a, w->node);
		return;
	case PARAM_CHECKS: /* read where checks are: check_load.c */
		return;
	case PARAM_FILE:
		read_file(s, p, w, arg, d);
		return;
	case PARAM_ASSET:
		/* An asset of that name is meant before a word is. */
		if (p->names == NULL ||
		    (w->node->kind != NODE_MAP && s->catalog != NULL &&
		     catalog_asset(s->catalog, w->node->text) != NULL) ||
		    !baseline_read(s->a, w->node, arg, d))
			read_text(s, p, w, arg, d);
		return;
	case PARAM_DURATION:
		read_duration(p, w, arg, d);
		return;
	case PARAM_REAL:
	case PARAM_INTEGER:
		read_number(s, p, w, arg, d);
		return;
	case PARAM_BOOL:
		if (w->node->kind != NODE_BOOL)
			wrong_kind(p, w, "true or false", d);
		else
			arg->flag = w->node->b;
		return;
	case PARAM_TEXT:
	case PARAM_REGEX:
	case PARAM_EXPR:
	case PARAM_SQL:
	case PARAM_ENUM:
		read_text(s, p, w, arg, d);
		return;
	}
}

/* An explicit null is as good as nothing, except where it is an argument of its own. */
static void
read_param(const struct args_scope *s, const struct param *p, const struct written *w, struct check *c,
           struct arg *arg, struct diags *d)
{
	struct written resolved = *w;

	arg->loc = w->loc;
	if (w->node != NULL && (resolved.node = args_resolve(s, w->node, &arg->said, d)) == NULL)
		return;
	if (resolved.node != NULL && resolved.node->kind == NODE_NULL && p->nullable) {
		arg->given = arg->null = true;
		arg->node = resolved.node;
	} else if (resolved.node != NULL && resolved.node->kind != NODE_NULL) {
		arg->given = true;
		arg->node = resolved.node;
		arg->loc = resolved.node->loc;
		read_one(s, p, &resolved, arg, d);
	} else if (p->required) {
		diag_error(d, w->node != NULL ? w->node->loc : c->loc, "'" SV_FMT "' needs '%s'",
		           SV_ARG(c->written_name), p->name);
	}
}

void
args_read(const struct args_scope *s, const struct written *w, struct check *c, struct diags *d)
{
	const struct expectation *e = c->expectation;
	size_t before = d->errors;

	c->arg = ARENA_ARRAY(s->a, struct arg, e->nparams);
	for (uint32_t i = 0; i < e->nparams; i++) {
		c->arg[i].flag = e->params[i].dflt != 0;
		if (e->params[i].kind == PARAM_REAL)
			c->arg[i].real = e->params[i].dflt;
		read_param(s, &e->params[i], &w[i], c, &c->arg[i], d);
	}
	if (d->errors == before && e->validate != NULL)
		e->validate(c, d);
}

void
args_json(const struct check *c, struct json_writer *w)
{
	for (uint32_t i = 0; i < c->expectation->nparams; i++) {
		const struct param *p = &c->expectation->params[i];
		const struct arg *arg = &c->arg[i];

		if (!arg->given)
			continue;
		json_key(w, p->name);
		if ((p->kind == PARAM_COLUMN || p->lone) && arg->ncolumn == 1) {
			json_sv(w, arg->column[0]);
		} else if (p->kind == PARAM_COLUMNS && !arg->null) {
			json_array(w);
			for (uint32_t j = 0; j < arg->ncolumn; j++)
				json_sv(w, arg->column[j]);
			json_array_end(w);
		} else {
			node_to_json(arg->node, w);
		}
	}
}
