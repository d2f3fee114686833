#include "expect/baseline.h"

#include "base/num.h"

const char *const baseline_names[5] = {"last_good", "previous", "version", "days_ago", NULL};

enum { DAYS_MAX = 36500 };

struct sv
baseline_text(struct arena *a, const struct baseline *b)
{
	switch (b->pick) {
	case BASELINE_VERSION:
		return arena_svf(a, "version " SV_FMT, SV_ARG(b->version));
	case BASELINE_DAYS_AGO:
		return arena_svf(a, "days_ago %lld", (long long)b->days);
	case BASELINE_LAST_GOOD:
	case BASELINE_PREVIOUS:
		break;
	}
	return sv_of(baseline_names[b->pick]);
}

bool
baseline_parse(struct sv text, struct baseline *ret)
{
	struct sv rest = text, name = sv_cut(&rest, ' ');

	*ret = (struct baseline){.pick = BASELINE_LAST_GOOD};
	for (int i = 0; baseline_names[i] != NULL; i++)
		if (sv_is(name, baseline_names[i]))
			ret->pick = (enum baseline_pick)i;
	if (ret->pick == BASELINE_VERSION)
		ret->version = rest;
	return sv_is(name, baseline_names[ret->pick]) &&
	       (ret->pick != BASELINE_DAYS_AGO || num_i64(rest, &ret->days));
}

static void
read_map(const struct node *n, struct baseline *ret, struct diags *d)
{
	const struct node *kid = n->n > 0 ? &n->kid[0] : NULL;

	if (n->n != 1 || (!sv_is(kid->key, "version") && !sv_is(kid->key, "days_ago"))) {
		diag_error(d, n->loc, "a baseline of the past is {version: V} or {days_ago: N}");
		return;
	}
	if (kid->kind == NODE_SEQ || kid->kind == NODE_MAP || kid->text.n == 0) {
		diag_error(d, kid->loc, "'" SV_FMT "' needs a value", SV_ARG(kid->key));
		return;
	}
	*ret = (struct baseline){.pick = BASELINE_VERSION, .version = kid->text};
	if (sv_is(kid->key, "version"))
		return;
	ret->pick = BASELINE_DAYS_AGO;
	if (kid->kind != NODE_INT || !num_i64(kid->text, &ret->days) || ret->days < 1 || ret->days > DAYS_MAX)
		diag_error(d, kid->loc, "'days_ago' must be a whole number from 1 to %d", DAYS_MAX);
}

bool
baseline_read(struct arena *a, const struct node *n, struct arg *arg, struct diags *d)
{
	struct baseline b = {.pick = BASELINE_LAST_GOOD};

	if (n->kind == NODE_MAP)
		read_map(n, &b, d);
	else if (sv_is(n->text, baseline_names[BASELINE_PREVIOUS]))
		b.pick = BASELINE_PREVIOUS;
	else if (!sv_is(n->text, baseline_names[BASELINE_LAST_GOOD]))
		return false;
	arg->flag = true;
	arg->text = baseline_text(a, &b);
	return true;
}
