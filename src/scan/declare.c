/* The schema: what was found, and what the catalog says of it. */
#include "scan/blocks.h"
#include "scan/folders.h"

static void
declare(const struct scan *s, struct column *c, const struct column_decl *decl)
{
	c->pii = decl->pii;
	if (decl->type.kind == TYPE_ANY)
		return;
	/* What the file itself holds to needs no look at each value. */
	c->certain = c->certain && blocks_same_type(c->type, decl->type);
	c->type = decl->type;
	c->declared = true;
	if (c->type.zone == NULL && type_is_temporal(c->type))
		c->type.zone = s->d->zone;
}

static bool
is_below(struct sv name, struct sv object)
{
	return name.n > object.n && name.p[object.n] == '.' && sv_starts(name, object);
}

/* What is masked in an object is masked in its text, which holds it, and what is masked as an object is so in its members. */
static void
spread_pii(const struct dataset *d, struct column *col, uint32_t n)
{
	for (size_t k = 0; k < d->ncolumn; k++)
		for (uint32_t i = 0; d->column[k].pii && i < n; i++)
			col[i].pii |= is_below(col[i].name, d->column[k].name) ||
			              is_below(d->column[k].name, col[i].name);
}

bool
scan_declare(struct scan *s, const struct column *found, uint32_t n, struct err *err)
{
	const struct dataset *d = s->d;
	struct column *col = ARENA_ARRAY(s->a, struct column, n + d->ncolumn + d->parts.nfolder);

	for (uint32_t i = 0; i < n; i++) {
		col[i] = found[i];
		col[i].certain = s->blocks != NULL;
	}
	s->schema = (struct schema){.col = col, .n = folders_columns(s, col, n)};
	if (s->schema.n > COLUMNS_MAX)
		return err_set(err, ERR_LIMIT, d->loc, "more than %d columns", COLUMNS_MAX);
	for (size_t i = 0; i < d->ncolumn; i++) {
		const struct column *known = schema_find(&s->schema, d->column[i].name);
		struct column *c = known != NULL ? &col[known->index] : &col[s->schema.n];

		if (known == NULL)
			*c = (struct column){.name = d->column[i].name,
			                     .index = s->schema.n++,
			                     .missing = s->driver->fixed};
		declare(s, c, &d->column[i]);
	}
	if (s->blocks != NULL || !s->driver->fixed)
		spread_pii(d, col, s->schema.n);
	folders_values(s);
	return true;
}
