/*
 * What Soda asks a database in SQL, as checks of ours that do.
 *
 * A filter of the table is part of what Soda makes of an expression; a query is run as it stands.
 */
#include "import/soda.h"

static void
ask(struct import_item *it)
{
	it->whole = true;
	it->im->ret->sql = true;
	import_remark(it, "it is a query: for databases, with `allow_sql: true`");
}

static void
as_it_stands(struct import_item *it, struct sv where)
{
	ask(it);
	if (where.n > 0)
		import_remark(it, "Soda applies no filter to a query, nor does weir");
}

static void
value_of(struct import_item *it, struct sv query, const struct soda_levels *l)
{
	struct node args = node_of_map(it->loc);

	node_put_text(it->im->a, &args, "query", query, it->loc);
	soda_number_check(it, "sql_value", args, l);
}

/* SELECT … ; */
static struct sv
without_end(struct sv query)
{
	query = sv_trim(query);
	while (query.n > 0 && query.p[query.n - 1] == ';')
		query = sv_trim((struct sv){query.p, query.n - 1});
	return query;
}

void
soda_failed_query(struct import_item *it, struct sv query, struct sv where, const struct soda_levels *l)
{
	struct arena *a = it->im->a;

	as_it_stands(it, where);
	if (!l->warn.set && !l->fail.set && (!l->pass.set || soda_is_zero(&l->pass))) {
		const struct node args = node_of_text(query, it->loc);

		import_check(it, "unexpected_rows", &args);
		return;
	}
	/* On lines of its own: a comment may end it. */
	value_of(it,
	         arena_svf(a, "SELECT COUNT(*) FROM (\n" SV_FMT "\n) AS failed_rows",
	                   SV_ARG(without_end(query))),
	         l);
}

void
soda_query(struct import_item *it, struct sv query, struct sv where, const struct soda_levels *l)
{
	as_it_stands(it, where);
	value_of(it, query, l);
}

void
soda_expression(struct import_item *it, struct sv expression, struct sv where, const struct soda_levels *l)
{
	struct arena *a = it->im->a;

	ask(it);
	where = sv_trim(where);
	value_of(it,
	         where.n == 0 ? arena_svf(a, "SELECT " SV_FMT " FROM {table}", SV_ARG(sv_trim(expression)))
	                      : arena_svf(a, "SELECT " SV_FMT " FROM {table} WHERE " SV_FMT,
	                                  SV_ARG(sv_trim(expression)), SV_ARG(where)),
	         l);
}
