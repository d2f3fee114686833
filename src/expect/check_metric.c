/* What a check measures: its identity in the history of numbers, which outlives bounds, names and severities. */
#include <string.h>

#include "expect/check.h"
#include "expect/family.h"

/* Of numbers in a range these only say what is expected of them. */
static bool
is_bound(const struct check *c, const struct param *p)
{
	static const char *const bounds[] = {"min_value", "max_value", "strict_min", "strict_max"};

	if (c->expectation->family < FAMILY_AGGREGATE)
		return false;
	for (size_t i = 0; i < LEN(bounds); i++)
		if (strcmp(p->name, bounds[i]) == 0)
			return true;
	return false;
}

bool
check_asks_clock(const struct check *c)
{
	for (uint32_t i = 0; i < c->nmember; i++)
		if (check_asks_clock(&c->member[i]))
			return true;
	return c->expectation != NULL && c->expectation->of_clock;
}

/* What a name means that the catalog defines. */
static bool
add_own(const struct check *c, struct hasher *h)
{
	if (c->expectation->own == NULL)
		return false;
	hasher_add(h, SV("own"));
	check_hash_own(h, c->expectation->own);
	return true;
}

/* What else makes it another number. */
static bool
add_rest(struct arena *a, const struct check *c, struct buf *b)
{
	bool any = c->where.n > 0 || c->nby > 0;
	struct buf args;
	struct json_writer w;

	buf_init(&args, 1 << 20);
	json_write_init(&w, &args, 0);
	json_object(&w);
	for (uint32_t i = 0; i < c->expectation->nparams; i++) {
		const struct param *p = &c->expectation->params[i];

		if (!c->arg[i].given || c->arg[i].node == NULL || p->kind == PARAM_COLUMN ||
		    p->kind == PARAM_COLUMNS || is_bound(c, p))
			continue;
		any = true;
		json_key(&w, p->name);
		node_to_json(c->arg[i].node, &w);
	}
	json_object_end(&w);
	buf_add(b, buf_take(a, &args));
	return any;
}

/* The filter beside the whole is the member's, too. */
static struct sv
metric_of_member(struct arena *a, const struct check *c)
{
	struct check member = c->member[0];

	if (c->nmember != 1 || c->expectation->compare == NULL)
		return (struct sv){0};
	if (c->where.n > 0)
		member.where = member.where.n > 0 ? arena_svf(a, "(" SV_FMT ") AND (" SV_FMT ")",
		                                              SV_ARG(c->where), SV_ARG(member.where))
		                                  : c->where;
	return check_metric(a, &member);
}

struct sv
check_metric(struct arena *a, const struct check *c)
{
	AUTO(buf) name = buf_new(1 << 16);
	AUTO(buf) rest = buf_new(1 << 21);
	struct hasher h;
	char hex[HASH_HEX];
	bool any;

	if (c->expectation == NULL || c->arg == NULL || c->err.code != ERR_NONE)
		return (struct sv){0};
	if (c->nmember > 0)
		return metric_of_member(a, c);
	buf_puts(name, c->expectation->shorthand);
	for (uint32_t i = 0, n = 0; i < c->expectation->nparams; i++)
		for (uint32_t j = 0; j < c->arg[i].ncolumn; j++)
			buf_printf(name, "%c" SV_FMT, n++ == 0 ? ':' : ',', SV_ARG(c->arg[i].column[j]));
	hasher_init(&h);
	any = add_rest(a, c, rest);
	hasher_add(&h, buf_sv(rest));
	hasher_add(&h, sv_trim(c->where));
	for (uint32_t i = 0; i < c->nby; i++)
		hasher_add(&h, c->by[i]);
	any = add_own(c, &h) || any;
	any = check_hash_rows(c, &h) || any;
	hasher_end(&h, hex);
	if (any)
		buf_printf(name, ":%.8s", hex);
	return arena_sv(a, buf_sv(name));
}
