/*
 * How the columns of two tables go together.
 *
 * A column has a type of its own where the format holds one, or the catalog names it.  What CSV holds is text: a type that was only inferred
 * gives way to the other side's.  SQLite and JSON have no times, so a text of theirs gives way to a time.
 */
#include "run/diff_internal.h"

enum { SCALE_READ = 18, PRECISION_MAX = 38 };

const char *const diff_nullable_names[3] = {"unknown", "no", "yes"};

static bool
is_any(const struct sv *glob, size_t n, struct sv name)
{
	for (size_t i = 0; i < n; i++)
		if (sv_eq(glob[i], name) || sv_glob(glob[i], name))
			return true;
	return false;
}

static const struct schema *
schema_of(const struct differing *d, int side)
{
	return d->side[side].c->engine->schema(d->side[side].c);
}

/* Is it one of the table's own columns, with data? */
static bool
is_there(const struct column *c)
{
	return c != NULL && !c->missing && !c->member;
}

static bool
is_wanted(const struct differing *d, const struct sv *key, size_t nkey, struct sv name)
{
	const struct diff_request *r = d->r;

	return sv_in(name, key, nkey) || ((r->ncolumn == 0 || is_any(r->column, r->ncolumn, name)) &&
	                                  !is_any(r->exclude, r->nexclude, name));
}

static const struct column_decl *
declared(const struct differing *d, int side, struct sv name)
{
	const struct dataset *data = &d->r->side[side].data;

	for (size_t i = 0; i < data->ncolumn; i++)
		if (sv_eq(data->column[i].name, name))
			return &data->column[i];
	return NULL;
}

static void
add_column(struct differing *d, const struct sv *key, size_t nkey, struct sv name)
{
	struct diff_column *ret = &d->diff->column[d->diff->ncolumn++];

	*ret = (struct diff_column){.name = arena_sv(d->w->a, name), .key = sv_in(name, key, nkey)};
	for (int s = 0; s < 2; s++) {
		const struct column *c = schema_find(schema_of(d, s), name);
		const struct column_decl *decl = declared(d, s, name);

		if (!is_there(c))
			continue;
		ret->there[s] = true;
		ret->at[s] = c->index;
		ret->type[s] = ret->read[s] = c->type;
		ret->pii |= c->pii;
		if (decl != NULL)
			ret->nullable[s] = decl->nullable ? DIFF_NULLABLE_YES : DIFF_NULLABLE_NO;
	}
	for (int s = 0; s < 2; s++)
		if (!ret->there[s])
			d->diff->only_columns[1 - s]++;
}

static void
list_columns(struct differing *d, const struct sv *key, size_t nkey)
{
	const struct schema *a = schema_of(d, 0), *b = schema_of(d, 1);

	d->diff->column = ARENA_ARRAY(d->w->a, struct diff_column, a->n + b->n);
	for (uint32_t i = 0; i < a->n; i++)
		if (is_there(&a->col[i]) && is_wanted(d, key, nkey, a->col[i].name))
			add_column(d, key, nkey, a->col[i].name);
	for (uint32_t i = 0; i < b->n; i++)
		if (is_there(&b->col[i]) && is_wanted(d, key, nkey, b->col[i].name) &&
		    !is_there(schema_find(a, b->col[i].name)))
			add_column(d, key, nkey, b->col[i].name);
	for (int s = 0; s < 2; s++)
		for (uint32_t i = 0; i < schema_of(d, s)->n; i++)
			d->diff->side[s].ncolumn += is_there(&schema_of(d, s)->col[i]);
}

/* Do the columns of both sides come in the same order? */
static bool
is_moved(const struct diff *f)
{
	int64_t last = -1;

	for (size_t i = 0; i < f->ncolumn; i++) {
		if (!f->column[i].there[0] || !f->column[i].there[1])
			continue;
		if ((int64_t)f->column[i].at[1] < last)
			return true;
		last = f->column[i].at[1];
	}
	return false;
}

static bool
no_column(struct differing *d, struct sv name, const char *what, int side, struct err *err)
{
	size_t n;
	const char *const *names = schema_names(d->w->a, schema_of(d, side), &n);
	const char *near = sv_nearest(name, names, n);

	err_set(err, ERR_USAGE, NOWHERE, "%s '" SV_FMT "' is no column of '" SV_FMT "'", what, SV_ARG(name),
	        SV_ARG(d->r->side[side].name));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near) : false;
}

/* Names that nothing has are mistakes: less than was asked for would be compared, or more. */
static bool
check_names(struct differing *d, const struct sv *name, size_t n, const char *what, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (int s = 0; s < 2; s++)
			for (uint32_t k = 0; k < schema_of(d, s)->n; k++)
				found |= is_any(&name[i], 1, schema_of(d, s)->col[k].name);
		if (!found)
			return no_column(d, name[i], what, 0, err);
	}
	return true;
}

static bool
check_key(struct differing *d, const struct sv *key, size_t nkey, struct err *err)
{
	for (size_t i = 0; i < nkey; i++) {
		for (int s = 0; s < 2; s++)
			if (!is_there(schema_find(schema_of(d, s), key[i])))
				return no_column(d, key[i], "the key", s, err);
		if (sv_in(key[i], key, i))
			return err_set(err, ERR_USAGE, NOWHERE, "column '" SV_FMT "' is twice in the key",
			               SV_ARG(key[i]));
	}
	return true;
}

/* The key that was asked for, else that of the assets, if they agree. */
static bool
choose_key(const struct differing *d, const struct sv **key, size_t *nkey, struct err *err)
{
	const struct asset *a = d->r->side[0].asset, *b = d->r->side[1].asset;
	bool same;

	*key = d->r->key;
	*nkey = d->r->nkey;
	if (*nkey > 0)
		return true;
	if (a == NULL || a->nkeycol == 0)
		a = b;
	if (b == NULL || b->nkeycol == 0)
		b = a;
	if (a == NULL || a->nkeycol == 0)
		return true;
	same = a->nkeycol == b->nkeycol;
	for (size_t i = 0; same && i < a->nkeycol; i++)
		same = sv_eq(a->keycol[i], b->keycol[i]);
	if (!same) {
		err_set(err, ERR_USAGE, NOWHERE, "the keys of '" SV_FMT "' and '" SV_FMT "' are not the same",
		        SV_ARG(a->key), SV_ARG(b->key));
		return err_hint(err, "name the columns with --key");
	}
	*key = a->keycol;
	*nkey = a->nkeycol;
	return true;
}

/* Types ----------------------------------------------------------------------------------------------------------- */

static bool
is_unknown(struct type t)
{
	return t.kind == TYPE_ANY || t.kind == TYPE_NULL || t.kind == TYPE_VARIANT;
}

/* Can a value of one type equal one of the other? */
static bool
kinds_meet(struct type a, struct type b)
{
	return a.kind == b.kind || is_unknown(a) || is_unknown(b) ||
	       (type_is_numeric(a) && type_is_numeric(b)) || (type_is_temporal(a) && type_is_temporal(b));
}

static bool
is_format(const struct differing *d, int side, const char *format)
{
	return sv_is(d->r->side[side].data.format, format);
}

static bool
is_declared(const struct differing *d, int side, const struct diff_column *c)
{
	const struct column_decl *decl = declared(d, side, c->name);

	return decl != NULL && decl->type.kind != TYPE_ANY;
}

/* Is its type no more than a guess from text? */
static bool
is_guess(const struct differing *d, int side, const struct diff_column *c)
{
	const bool text = c->type[side].kind == TYPE_STRING || type_is_temporal(c->type[side]);

	return !is_declared(d, side, c) &&
	       (is_format(d, side, "csv") || (is_format(d, side, "jsonl") && text));
}

/* A text of a format that has no times. */
static bool
is_text_of_time(const struct differing *d, int side, const struct diff_column *c)
{
	return c->type[side].kind == TYPE_STRING && !is_declared(d, side, c) &&
	       !is_format(d, side, "parquet");
}

/* Room for more digits than the other side has: a difference there is one to tell, and no misfit. */
static struct type
decimal_of(struct type t)
{
	return (struct type){.kind = TYPE_DECIMAL,
	                     .precision = PRECISION_MAX,
	                     .scale = t.scale > SCALE_READ ? t.scale : SCALE_READ};
}

/* What a side is read as, if the other one's type is to count. */
static struct type
read_as(const struct differing *d, int side, const struct diff_column *c)
{
	const struct type own = c->type[side], other = c->type[1 - side];
	const bool guess = is_guess(d, side, c), both = guess && is_guess(d, 1 - side, c);

	if (is_unknown(other))
		return own;
	/* Doubles would take two decimals for the same. */
	if (other.kind == TYPE_DECIMAL && (own.kind == TYPE_NUMBER || own.kind == TYPE_INTEGER) && !both &&
	    (guess || (is_format(d, side, "jsonl") && !is_declared(d, side, c))))
		return decimal_of(other);
	if (own.kind == TYPE_TIMESTAMP && other.kind == TYPE_TIMESTAMPTZ &&
	    (guess || is_text_of_time(d, side, c)))
		return other;
	if (kinds_meet(own, other) && !(guess && !both && is_unknown(own)))
		return own;
	if (both)
		return own.kind == TYPE_STRING ? own : (struct type){.kind = TYPE_STRING};
	if (type_is_temporal(other) && is_text_of_time(d, side, c))
		return other;
	if (!guess || (type_is_temporal(own) && is_text_of_time(d, 1 - side, c)))
		return own;
	if (is_unknown(own))
		return other.kind == TYPE_DECIMAL ? decimal_of(other) : other;
	if (own.kind == TYPE_STRING)
		return is_format(d, side, "csv") ? other : own; /* JSON tells texts from numbers */
	return other.kind == TYPE_STRING ? other : own;
}

/* The declared columns with those that are to be read otherwise. */
static bool
redeclare(struct differing *d, int side)
{
	const struct dataset *data = &d->r->side[side].data;
	struct column_decl *decl = ARENA_ARRAY(d->w->a, struct column_decl, data->ncolumn + d->diff->ncolumn);
	size_t n = data->ncolumn;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		decl[i] = data->column[i];
	for (size_t i = 0; i < d->diff->ncolumn; i++) {
		const struct diff_column *c = &d->diff->column[i];
		size_t k = 0;

		if (!c->there[side] || type_eq(c->read[side], c->type[side]))
			continue;
		while (k < n && !sv_eq(decl[k].name, c->name))
			k++;
		if (k == n)
			decl[n++] = (struct column_decl){.name = c->name, .nullable = true};
		decl[k].type = c->read[side];
		any = true;
	}
	d->side[side].data = *data;
	d->side[side].data.column = decl;
	d->side[side].data.ncolumn = n;
	return any;
}

static bool
open_side(struct differing *d, int side, struct err *err)
{
	struct differing_side *s = &d->side[side];
	struct scan_options o = run_scan_options(d->w, s->in->asset);
	const struct engine *engine = engine_for(s->data.format, s->data.loc, err);

	/* What is kept of the rows of one side stays while the other is read. */
	o.memory_bytes /= 2;
	connection_close(s->c);
	s->c = NULL;
	return engine != NULL && engine->open(&s->data, &o, &s->c, err);
}

static bool
agree(struct differing *d, struct err *err)
{
	struct diff *f = d->diff;

	for (size_t i = 0; i < f->ncolumn; i++) {
		struct diff_column *c = &f->column[i];
		struct type read[2];

		if (!c->there[0] || !c->there[1])
			continue;
		for (int s = 0; s < 2; s++)
			read[s] = read_as(d, s, c);
		f->types += !type_eq(c->type[0], c->type[1]);
		c->foreign = !kinds_meet(read[0], read[1]);
		f->foreign += c->foreign;
		memcpy(c->read, read, sizeof(read));
	}
	for (int s = 0; s < 2; s++)
		if (redeclare(d, s) && !open_side(d, s, err))
			return false;
	return true;
}

/* What is compared of a side: the column, or a decimal as the double that it meets. */
static bool
bind_column(struct differing *d, int side, const struct diff_column *c, const struct expr **ret,
            struct err *err)
{
	struct differing_side *s = &d->side[side];
	const struct column *found = schema_find(schema_of(d, side), c->name);

	if (!is_there(found))
		return err_set(err, ERR_CHANGED, NOWHERE, "column '" SV_FMT "' is gone while it is compared",
		               SV_ARG(c->name));
	*ret = expr_column(s->x, found);
	if (c->read[side].kind == TYPE_DECIMAL && c->read[1 - side].kind == TYPE_NUMBER)
		*ret = expr_cast(s->x, (struct type){.kind = TYPE_NUMBER}, *ret, err);
	return *ret != NULL;
}

static bool
bind_where(struct differing *d, int side, struct err *err)
{
	struct differing_side *s = &d->side[side];
	char type[TYPE_TEXT_MAX];
	const struct ast *ast;
	struct diags g;

	if (d->r->where.n == 0)
		return true;
	diags_init(&g, d->w->a);
	ast = expr_parse(d->w->a, d->r->where, NOWHERE, &g);
	s->where = ast != NULL ? expr_bind(s->x, ast, schema_of(d, side), &g) : NULL;
	if (s->where == NULL) {
		err_set(err, ERR_USAGE, NOWHERE, "--where: %s (of '" SV_FMT "')",
		        g.list.n > 0 ? g.list.v[0].msg : "it is wrong", SV_ARG(s->in->name));
		return g.list.n > 0 && g.list.v[0].hint != NULL ? err_hint(err, "%s", g.list.v[0].hint)
		                                                : false;
	}
	if (s->where->type.kind != TYPE_BOOLEAN && !is_unknown(s->where->type))
		return err_set(err, ERR_USAGE, NOWHERE,
		               "--where must be true or false, and this one is of type %s",
		               type_text(s->where->type, type));
	return true;
}

/* The key first, in its own order, then what else both sides have. */
static bool
bind(struct differing *d, const struct sv *key, size_t nkey, struct err *err)
{
	struct diff *f = d->diff;
	uint32_t *names = ARENA_ARRAY(d->w->a, uint32_t, nkey);

	d->compared = ARENA_ARRAY(d->w->a, uint32_t, f->ncolumn);
	for (size_t k = 0; k < nkey; k++)
		for (uint32_t i = 0; i < f->ncolumn; i++)
			if (sv_eq(f->column[i].name, key[k]))
				names[k] = d->compared[d->ncompared++] = i;
	for (uint32_t i = 0; i < f->ncolumn; i++)
		if (!f->column[i].key && f->column[i].there[0] && f->column[i].there[1])
			d->compared[d->ncompared++] = i;
	f->key = names;
	f->nkey = nkey;
	for (int s = 0; s < 2; s++) {
		d->side[s].arg = ARENA_ARRAY(d->w->a, const struct expr *, d->ncompared);
		for (uint32_t i = 0; i < d->ncompared; i++)
			if (!bind_column(d, s, &f->column[d->compared[i]], &d->side[s].arg[i], err))
				return false;
		if (!bind_where(d, s, err))
			return false;
	}
	return true;
}

bool
diff_open(struct differing *d, struct err *err)
{
	const struct sv *key;
	size_t nkey;

	for (int s = 0; s < 2; s++) {
		d->side[s].data = d->side[s].in->data;
		if (!open_side(d, s, err))
			return false;
	}
	if (!choose_key(d, &key, &nkey, err) || !check_key(d, key, nkey, err) ||
	    !check_names(d, d->r->column, d->r->ncolumn, "--columns:", err) ||
	    !check_names(d, d->r->exclude, d->r->nexclude, "--exclude:", err))
		return false;
	if (nkey == 0 && (d->r->absolute > 0 || d->r->relative > 0)) {
		err_set(err, ERR_USAGE, NOWHERE,
		        "a tolerance is of rows that have the same key, and there is none");
		return err_hint(err, "name the columns of the key with --key");
	}
	list_columns(d, key, nkey);
	if (d->diff->ncolumn == 0 && (d->r->ncolumn > 0 || d->r->nexclude > 0))
		return err_set(err, ERR_USAGE, NOWHERE, "no column is left to compare");
	d->diff->moved = is_moved(d->diff);
	return agree(d, err) && bind(d, key, nkey, err);
}
