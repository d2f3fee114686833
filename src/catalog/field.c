/* Reads maps by their tables: kinds, required and unknown keys, and where values go. */
#include <assert.h>

#include "base/duration.h"
#include "base/num.h"
#include "catalog/load.h"

enum { SUGGESTIONS_MAX = 200, TEXT_MAX_BYTES = 1 << 16 };

const char *const *
table_keys(struct arena *a, const struct table *t, size_t *n)
{
	const char **keys = ARENA_ARRAY(a, const char *, t->n);

	for (size_t i = 0; i < t->n; i++)
		keys[i] = t->field[i].key;
	*n = t->n;
	return keys;
}

const char *const *
map_names(struct arena *a, const struct map *m, size_t *n)
{
	const char **names = ARENA_ARRAY(a, const char *, m->n);

	for (size_t i = 0; i < m->n; i++)
		names[i] = arena_str(a, m->e[i].key);
	*n = m->n;
	return names;
}

const struct field *
table_field(const struct table *t, struct sv key)
{
	for (size_t i = 0; i < t->n; i++)
		if (sv_is(key, t->field[i].key))
			return &t->field[i];
	return NULL;
}

void
unknown_key(struct loader *l, const struct node *n, const struct table *t)
{
	size_t nkeys;
	const char *const *keys = table_keys(l->a, t, &nkeys);

	diag_error(l->d, n->key_loc, "%s has no key '" SV_FMT "'", t->what, SV_ARG(n->key));
	/* Comparing names is slow, and nobody reads that many. */
	if (l->d->errors < SUGGESTIONS_MAX)
		diag_suggest(l->d, n->key, keys, nkeys);
}

/* Kinds --------------------------------------------------------------------------------------------------------- */

static const char *
scalar_words(const struct field *f)
{
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_ENUM:
		return "text";
	case FIELD_BOOL:
		return "true or false";
	case FIELD_INT:
		return "a whole number";
	case FIELD_REAL:
		return "a number";
	case FIELD_DURATION:
		return "a duration like 26h";
	case FIELD_SIZE:
		return "a size like 512MB";
	case FIELD_ZONE:
		return "a time zone like Europe/Berlin";
	case FIELD_NONE:
	case FIELD_ANY:
		break;
	}
	return NULL;
}

static bool
takes(const struct field *f, const struct node *n)
{
	if (f->kind == FIELD_ANY || (f->off && node_is_off(n)))
		return true;
	switch (n->kind) {
	case NODE_NULL:
		return f->null_ok;
	case NODE_SEQ:
		return f->texts || f->items != NULL;
	case NODE_MAP:
		return f->table != NULL || f->values != NULL;
	case NODE_BOOL:
	case NODE_INT:
	case NODE_REAL:
	case NODE_TEXT:
		break;
	}
	return f->kind != FIELD_NONE;
}

static void
wrong_kind(struct loader *l, const struct field *f, const struct node *n)
{
	const char *word[4];
	size_t nword = 0;
	struct sv what = n->key.n > 0 ? arena_svf(l->a, "'" SV_FMT "'", SV_ARG(n->key)) : SV("an item");

	if (scalar_words(f) != NULL)
		word[nword++] = scalar_words(f);
	if (f->texts || f->items != NULL)
		word[nword++] = "a list";
	if (f->table != NULL || f->values != NULL)
		word[nword++] = "a map";
	if (f->off)
		word[nword++] = "off";

	const char *all = nword > 0 ? word[0] : "absent";

	for (size_t i = 1; i < nword; i++)
		all = arena_printf(l->a, i + 1 < nword ? "%s, %s" : "%s or %s", all, word[i]);
	diag_error(l->d, n->kind == NODE_NULL && n->key.n > 0 ? n->key_loc : n->loc,
	           SV_FMT " must be %s, not %s", SV_ARG(what), all, node_kind_name(n->kind));
}

/* Scalars ------------------------------------------------------------------------------------------------------- */

static void
enum_load(struct loader *l, const struct field *f, const struct node *n, int *ret)
{
	size_t names = 0;

	for (; f->names[names] != NULL; names++)
		if (sv_is(n->text, f->names[names])) {
			*ret = (int)names;
			return;
		}
	diag_error(l->d, n->loc, "'%s' has no value '" SV_FMT "'", f->key, SV_ARG(n->text));
	diag_suggest_all(l->d, n->text, f->names, names);
}

static void
quantity_load(struct loader *l, const struct field *f, const struct node *n, int64_t *ret)
{
	struct err err = {0};
	int64_t v;
	bool ok = f->kind == FIELD_DURATION ? duration_parse(n->text, &v, &err)
	                                    : size_parse(n->text, &v, &err);
	char text[DURATION_MAX];

	if (!ok) {
		err.loc = n->loc;
		(void)err_prefix(&err, "'%s'", f->key);
		diag_add_err(l->d, &err);
	} else if (v < f->min) {
		diag_error(l->d, n->loc, "'%s' must be at least %s", f->key,
		           f->kind == FIELD_DURATION ? duration_format(f->min, text) : "1 byte");
	} else {
		*ret = v;
	}
}

static void
text_load(struct loader *l, const struct field *f, const struct node *n, struct sv *ret)
{
	struct sv text;

	if (!node_text(n, &text, l->d))
		return;
	if (text.n == 0)
		diag_error(l->d, n->loc, "'%s' is empty", f->key);
	else if (text.n > TEXT_MAX_BYTES)
		diag_error(l->d, n->loc, "'%s' is longer than %d bytes", f->key, TEXT_MAX_BYTES);
	else
		*ret = text;
}

static void
scalar_load(struct loader *l, const struct field *f, const struct node *n, void *at)
{
	struct err err = {0};
	int64_t i;

	switch (f->kind) {
	case FIELD_TEXT:
		text_load(l, f, n, at);
		break;
	case FIELD_BOOL:
		(void)!node_bool(n, at, l->d);
		break;
	case FIELD_INT:
		if (!node_int(n, &i, l->d))
			break;
		if (i < f->min)
			diag_error(l->d, n->loc, "'%s' must be at least %lld", f->key, (long long)f->min);
		else
			*(int64_t *)at = i;
		break;
	case FIELD_REAL:
		(void)!node_real(n, at, l->d);
		break;
	case FIELD_DURATION:
	case FIELD_SIZE:
		quantity_load(l, f, n, at);
		break;
	case FIELD_ENUM:
		enum_load(l, f, n, at);
		break;
	case FIELD_ZONE:
		if (!tz_get(n->text, at, &err)) {
			err.loc = n->loc;
			diag_add_err(l->d, &err);
		}
		break;
	case FIELD_NONE:
	case FIELD_ANY:
		break;
	}
}

bool
load_texts(struct loader *l, const struct node *n, const struct sv **ret, size_t *nret)
{
	const struct node *item = n->kind == NODE_SEQ ? n->kid : n;
	size_t nitem = n->kind == NODE_SEQ ? n->n : 1, kept = 0;
	struct sv *v = ARENA_ARRAY(l->a, struct sv, nitem);
	struct map seen;
	bool ok = true;

	map_init(&seen, l->a);
	for (size_t i = 0; i < nitem; i++) {
		struct sv text;

		if (!node_text(&item[i], &text, l->d)) {
			ok = false;
		} else if (text.n == 0) {
			diag_error(l->d, item[i].loc, "an item of '" SV_FMT "' is empty", SV_ARG(n->key));
			ok = false;
		} else if (map_set(&seen, text, v) == NULL) {
			/* The same twice is what lists that append look like. */
			v[kept++] = text;
		}
	}
	*ret = v;
	*nret = kept;
	return ok;
}

/* Fields and tables ----------------------------------------------------------------------------------------------- */

static void
each_load(struct loader *l, const struct field *f, const struct node *n)
{
	/* Checked, but kept as nodes only.  An item with a record of its own has a loader. */
	max_align_t unused[4] = {0};

	assert(f->table == NULL || f->load != NULL);
	for (size_t i = 0; i < n->n; i++)
		field_load(l, f, &n->kid[i], unused);
}

void
field_load(struct loader *l, const struct field *f, const struct node *n, void *rec)
{
	void *at = (char *)rec + f->at;

	if (n->bad)
		return;
	if (!takes(f, n)) {
		wrong_kind(l, f, n);
	} else if (f->load != NULL) {
		f->load(l, rec, n);
	} else if (f->kind == FIELD_ANY || n->kind == NODE_NULL || (f->off && node_is_off(n))) {
		return;
	} else if (f->texts) {
		(void)!load_texts(l, n, at, (size_t *)(void *)((char *)rec + f->at_n));
	} else if (n->kind == NODE_MAP && f->table != NULL) {
		table_load(l, f->table, n, at);
	} else if (n->kind == NODE_MAP || n->kind == NODE_SEQ) {
		each_load(l, n->kind == NODE_MAP ? f->values : f->items, n);
	} else {
		scalar_load(l, f, n, at);
	}
}

void
table_load(struct loader *l, const struct table *t, const struct node *n, void *rec)
{
	for (size_t i = 0; i < n->n && !t->open; i++)
		if (table_field(t, n->kid[i].key) == NULL)
			unknown_key(l, &n->kid[i], t);
	/* In the order of the table, so that a field may rely on those before it. */
	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->field[i];
		const struct node *kid = node_get(n, f->key);

		/* `off` says that there is no value, where it is not one itself.  For booleans it is a mistake. */
		if (kid != NULL && node_is_off(kid) && !f->off && f->kind != FIELD_BOOL &&
		    f->kind != FIELD_ENUM)
			kid = NULL;
		if (kid != NULL)
			field_load(l, f, kid, rec);
		else if (f->required) {
			diag_error(l->d, n->loc, "%s needs the key '%s'", t->what, f->key);
			if (f->doc != NULL)
				diag_hint(l->d, "%s: %s", f->key, f->doc);
		}
	}
}
