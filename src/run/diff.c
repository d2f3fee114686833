/* Comparing two tables: open both, measure both, join their rows. */
#include "run/diff_internal.h"

enum { EXPLAIN_BYTES = 1 << 20 };

const char *const diff_outcome_names[3] = {"equal", "different", "error"};

static enum diff_outcome
outcome_of(const struct diff *f)
{
	enum diff_outcome ret = DIFF_EQUAL;

	if (f->changed > 0 || f->only_columns[0] > 0 || f->only_columns[1] > 0 ||
	    f->side[0].rows != f->side[1].rows || (f->strict && (f->types > 0 || f->moved)))
		ret = DIFF_DIFFERENT;
	for (int s = 0; s < 2; s++) {
		if (f->only[s].n > 0)
			ret = MAX(ret, DIFF_DIFFERENT);
		if (f->side[s].malformed > 0 || f->side[s].unread > 0)
			ret = DIFF_ERROR;
	}
	return ret;
}

static bool
compare(struct differing *d, struct err *err)
{
	for (int s = 0; s < 2; s++)
		if (!diff_measure(d, s, err))
			return err_prefix(err, SV_FMT, SV_ARG(d->r->side[s].name));
	return d->ncompared == 0 || diff_join(d, err);
}

static void
name_side(const struct diff_input *in, struct diff_side *ret)
{
	ret->name = in->name;
	ret->partition = in->partition;
	ret->format = in->data.format;
	ret->nparts = in->data.parts.n;
}

static void
explain_side(struct differing *d, int side)
{
	const struct differing_side *s = &d->side[side];
	AUTO(buf) text = buf_new(EXPLAIN_BYTES);

	if (!d->w->explain || s->c == NULL || s->c->engine->explain == NULL)
		return;
	s->c->engine->explain(s->c, text);
	d->diff->side[side].explain = arena_sv(d->w->a, buf_sv(text));
}

bool
run_diff(struct workspace *w, const struct diff_request *r, struct diff *ret, struct err *err)
{
	struct diff f = {
		.strict = r->strict, .where = r->where, .absolute = r->absolute, .relative = r->relative};
	struct differing d = {.w = w, .r = r, .diff = &f};
	bool ok;

	for (int s = 0; s < 2; s++) {
		d.side[s] = (struct differing_side){.in = &r->side[s], .x = exprs_new()};
		d.side[s].m = metrics_new(d.side[s].x);
		name_side(&r->side[s], &f.side[s]);
	}
	ok = diff_open(&d, err) && compare(&d, err);
	for (int s = 0; s < 2; s++) {
		explain_side(&d, s);
		rowbag_free(d.side[s].bag);
		connection_close(d.side[s].c);
		metrics_free(d.side[s].m);
		exprs_free(d.side[s].x);
	}
	f.outcome = outcome_of(&f);
	if (ok)
		*ret = f;
	return ok;
}
