/* Expectations of the user's own: their shape.  What an expression or a program means is the layer expect's to say. */
#include "base/duration.h"
#include "base/fs.h"
#include "base/hash.h"
#include "catalog/load.h"

const char *const own_kind_names[] = {"column",  "value",   "values", "number",
                                      "integer", "boolean", "text",   NULL};

enum { TIMEOUT_S = 60, SCRIPT_MAX = 16 << 20 };

static const struct field param_fields[] = {
	{"type", "column, value, values (a list), number, integer, boolean or text.", .kind = FIELD_ENUM,
         .required = true, .names = own_kind_names, .at = offsetof(struct own_param, kind)},
	{"default", "What is meant where a check does not say; without one it must.", .kind = FIELD_ANY},
	{"doc", "What it is for.", .kind = FIELD_TEXT, .at = offsetof(struct own_param, doc)},
};
static const struct table param_table = TABLE("a parameter", param_fields);
static const struct field param_item = {.key = "parameter",
                                        .doc = "Its type, or a map.",
                                        .kind = FIELD_ENUM,
                                        .names = own_kind_names,
                                        .table = &param_table};

static void params_load(struct loader *l, void *rec, const struct node *n);
static void expr_load(struct loader *l, void *rec, const struct node *n);
static void exec_load(struct loader *l, void *rec, const struct node *n);

static const struct field own_fields[] = {
	{"params",
         "Its parameters by name.  In `expr` a name stands for the column or the value that a check gives.",
         .kind = FIELD_NONE, .values = &param_item, .load = params_load},
	{"expr", "Holds in every row, as the expectation `expr`.", .kind = FIELD_TEXT, .load = expr_load},
	{"exec",
         "A program and its arguments; no shell.  It is given JSON on its standard input and answers with "
         "JSON.",
         .kind = FIELD_TEXT, .texts = true, .load = exec_load},
	{"timeout", "Longest time that the program may take; default 60s.", .kind = FIELD_DURATION,
         .at = offsetof(struct own_expectation, timeout_us), .min = US_PER_S},
	{"doc", "What it means, for messages and reports.", .kind = FIELD_TEXT,
         .at = offsetof(struct own_expectation, doc)},
};
const struct table own_table = TABLE("an expectation", own_fields);

/* A word of the expression language that can be told from everything else in it. */
static bool
is_word(struct sv name)
{
	for (size_t i = 0; i < name.n; i++) {
		const char c = name.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		      (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return name.n > 0;
}

static void
params_load(struct loader *l, void *rec, const struct node *n)
{
	struct own_expectation *own = rec;
	struct own_param *param = ARENA_ARRAY(l->a, struct own_param, n->n);

	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];
		struct own_param *p = &param[own->nparam];

		*p = (struct own_param){.name = kid->key, .loc = kid->key_loc, .kind = -1};
		if (!is_word(kid->key)) {
			diag_error(l->d, kid->key_loc, "'" SV_FMT "' cannot be the name of a parameter",
			           SV_ARG(kid->key));
			diag_hint(l->d, "letters, digits and _, the first no digit");
			continue;
		}
		if (check_key_is_common(kid->key)) {
			diag_error(l->d, kid->key_loc, "'" SV_FMT "' already means something in every check",
			           SV_ARG(kid->key));
			continue;
		}
		if (kid->kind == NODE_MAP) {
			table_load(l, &param_table, kid, p);
			p->dflt = node_get(kid, "default");
		} else {
			struct field type = param_fields[0];

			type.key = "the type of a parameter";
			field_load(l, &type, kid, p);
		}
		own->nparam++;
	}
	own->param = param;
}

static void
expr_load(struct loader *l, void *rec, const struct node *n)
{
	struct own_expectation *own = rec;

	if (!node_text(n, &own->expr, l->d))
		return;
	own->expr_loc = n->loc;
	if (own->expr.n == 0)
		diag_error(l->d, n->loc, "'expr' is empty");
}

static void
exec_load(struct loader *l, void *rec, const struct node *n)
{
	struct own_expectation *own = rec;

	own->exec_loc = n->loc;
	if (!load_texts(l, n, &own->exec, &own->nexec))
		return;
	for (size_t i = 0; i < own->nexec; i++)
		if (memchr(own->exec[i].p, '\0', own->exec[i].n) != NULL)
			diag_error(l->d, n->loc, "a word of 'exec' is not text");
}

/* Files of the project only: what PATH finds is taken to stay what it is. */
static struct sv
hash_files(struct loader *l, const struct own_expectation *own)
{
	AUTO(arena) scratch = arena_new();
	struct sha256 *h = sha256_new();
	char hex[SHA256_HEX];

	for (size_t i = 0; i < own->nexec; i++) {
		struct sv text;

		if (!fs_read(scratch, fs_join(scratch, own->dir, own->exec[i]), SCRIPT_MAX, &text, NULL))
			continue;
		sha256_add(h, own->exec[i].p, own->exec[i].n);
		sha256_add(h, text.p, text.n);
	}
	sha256_end(h, hex);
	return arena_sv(l->a, sv_of(hex));
}

static void
own_load(struct loader *l, struct own_expectation *own, const struct node *n)
{
	*own = (struct own_expectation){
		.name = n->key, .loc = n->key_loc, .timeout_us = TIMEOUT_S * US_PER_S};
	if (!is_word(n->key)) {
		diag_error(l->d, n->key_loc, "'" SV_FMT "' cannot be the name of an expectation",
		           SV_ARG(n->key));
		diag_hint(l->d, "letters, digits and _, the first no digit");
	} else if (check_key_is_common(n->key)) {
		diag_error(l->d, n->key_loc, "'" SV_FMT "' already means something in every check",
		           SV_ARG(n->key));
	}
	if (n->kind != NODE_MAP) {
		diag_error(l->d, n->loc, "an expectation must be a map, not %s", node_kind_name(n->kind));
		return;
	}
	table_load(l, &own_table, n, own);
	own->dir = fs_dirname(l->a, n->loc.file);
	if (own->nexec > 0 && !l->no_files)
		own->exec_hash = hash_files(l, own);
	if ((node_get(n, "expr") != NULL) == (node_get(n, "exec") != NULL)) {
		diag_error(l->d, n->key_loc, "'" SV_FMT "' needs either `expr` or `exec`", SV_ARG(n->key));
		diag_hint(l->d, "an expression that holds in every row, or a program");
	}
}

void
own_expectations_load(struct loader *l, void *rec, const struct node *n)
{
	struct catalog *c = rec;
	struct own_expectation *own = ARENA_ARRAY(l->a, struct own_expectation, n->n);

	for (size_t i = 0; i < n->n; i++)
		own_load(l, &own[i], &n->kid[i]);
	c->own = own;
	c->nown = n->n;
}
