#include "scan/folders.h"

#include <stdlib.h>

#include "scan/field.h"

struct folders {
	uint32_t first, n;    /* columns of the schema */
	const uint32_t *name; /* [n]: numbers in parts.folder */
	struct vector *value; /* [part * n + k]: of one row, as a dictionary */
};

static const uint32_t zeros[VECTOR_ROWS];

static bool
all_parse(const struct scan *s, size_t folder, enum type_kind kind)
{
	const struct type t = {.kind = kind, .zone = s->d->zone};
	bool any = false;
	struct value v;

	for (size_t i = 0; i < s->d->parts.n; i++) {
		struct sv text = s->d->parts.v[i].folder[folder];

		if (text.p == NULL)
			continue;
		if (!value_parse(t, text, &v))
			return false;
		any = true;
	}
	return any;
}

/* `month=01` is the number 1, unlike in a file, where zeros in front make a text: so do all who lay data out like this. */
static struct type
infer(const struct scan *s, size_t folder)
{
	static const enum type_kind kinds[] = {TYPE_INTEGER, TYPE_DATE};

	for (size_t i = 0; i < LEN(kinds); i++)
		if (all_parse(s, folder, kinds[i]))
			return (struct type){.kind = kinds[i]};
	return (struct type){.kind = TYPE_STRING};
}

uint32_t
folders_columns(struct scan *s, struct column *col, uint32_t n)
{
	const struct parts *p = &s->d->parts;
	struct schema found = {.col = col, .n = n};
	uint32_t *name = ARENA_ARRAY(s->a, uint32_t, p->nfolder);
	uint32_t count = 0;

	for (uint32_t k = 0; k < p->nfolder; k++) {
		if (schema_find(&found, p->folder[k]) != NULL)
			continue;
		col[n + count] = (struct column){
			.name = p->folder[k], .index = n + count, .type = infer(s, k), .of_path = true};
		name[count++] = k;
	}
	if (count > 0) {
		s->folders = ARENA_NEW(s->a, struct folders);
		*s->folders = (struct folders){.first = n, .n = count, .name = name};
	}
	return n + count;
}

/* One row: a value, null, or what does not fit the declared type. */
static struct vector
one_value(struct scan *s, const struct column *c, struct sv text)
{
	uint64_t *word = ARENA_ARRAY(s->a, uint64_t, 3);
	struct sv *raw = ARENA_NEW(s->a, struct sv);
	struct value *value = ARENA_NEW(s->a, struct value);
	struct vector v = {.type = c->type, .rows = 1, .valid = &word[0], .raw = raw};

	*raw = text;
	v.rep = REP_I64;
	if (text.p != NULL && value_parse(c->type, text, value))
		word[0] = 1;
	else if (text.p != NULL) {
		word[1] = 1;
		v.error = &word[1];
	}
	switch (c->type.kind) {
	case TYPE_BOOLEAN:
		v.rep = REP_BITS;
		word[2] = value->b;
		v.bits = &word[2];
		break;
	case TYPE_DECIMAL:
		v.rep = REP_I128;
		v.i128 = &value->d.coeff;
		break;
	case TYPE_NUMBER:
		v.rep = REP_F64;
		v.f64 = &value->r;
		break;
	case TYPE_STRING:
	case TYPE_BINARY:
		v.rep = REP_TEXT;
		v.text = &value->s;
		break;
	case TYPE_VARIANT:
		v.rep = REP_VALUE;
		v.value = value;
		break;
	default:
		v.i64 = &value->i;
		break;
	}
	return v;
}

void
folders_values(struct scan *s)
{
	struct folders *f = s->folders;
	size_t n = s->d->parts.n;

	if (f == NULL)
		return;
	f->value = ARENA_ARRAY(s->a, struct vector, n * f->n);
	for (size_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < f->n; k++)
			f->value[i * f->n + k] = one_value(s, &s->schema.col[f->first + k],
			                                   s->d->parts.v[i].folder[f->name[k]]);
}

void
folders_facts(const struct scan *s, uint32_t part, const struct column *c, int64_t rows, struct outlook *ret)
{
	const struct folders *f = s->folders;
	const struct vector *v = &f->value[(size_t)part * f->n + (c->index - f->first)];
	struct value x = vector_value(v, 0);

	*ret = (struct outlook){.rows = rows};
	if (v->error != NULL) {
		ret->error = rows;
	} else if (x.kind == VALUE_NULL) {
		ret->null = rows;
	} else {
		ret->valid = rows;
		ret->yes = x.kind == VALUE_BOOL && !x.b ? 0 : rows;
		ret->no = x.kind == VALUE_BOOL && x.b ? 0 : rows;
		ret->has_min = ret->has_max = ret->min_exact = ret->max_exact = true;
		ret->min = ret->max = x;
	}
}

struct folder_lanes {
	const struct scan *s;
	const struct vector **column;
	struct vector *v; /* [folders.n] */
	uint64_t all[BITMAP_WORDS(VECTOR_ROWS)];
};

struct folder_lanes *
folder_lanes_new(const struct scan *s)
{
	struct folder_lanes *l;

	if (s->folders == NULL)
		return NULL;
	l = xcalloc(1, sizeof(*l));
	l->s = s;
	l->column = xcalloc(s->schema.n, sizeof(struct vector *));
	l->v = xcalloc(s->folders->n, sizeof(*l->v));
	return l;
}

void
folder_lanes_free(struct folder_lanes *l)
{
	if (l == NULL)
		return;
	free(l->column);
	free(l->v);
	free(l);
}

void
folder_lanes_add(struct folder_lanes *l, uint32_t part, struct batch *b)
{
	const struct folders *f = l->s->folders;

	memset(l->all, 0, sizeof(l->all));
	bits_fill(l->all, b->rows);
	for (uint32_t i = 0; i < l->s->schema.n; i++)
		l->column[i] = i < b->ncolumn ? b->column[i] : NULL;
	for (uint32_t k = 0; k < f->n; k++) {
		const struct vector *one = &f->value[(size_t)part * f->n + k];

		l->v[k] = (struct vector){.rep = one->rep,
		                          .type = one->type,
		                          .rows = b->rows,
		                          .valid = l->all,
		                          .dict = one,
		                          .index = zeros};
		l->column[f->first + k] = &l->v[k];
	}
	b->column = l->column;
	b->ncolumn = l->s->schema.n;
}
