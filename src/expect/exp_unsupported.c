/* What stands for a check of another tool that was not imported: nobody may take its absence for a pass. */
#include "expect/family.h"

static const struct param params[] = {
	{.name = "what", .kind = PARAM_TEXT, .required = true, .doc = "The check, as the other tool has it."},
	{.name = "why", .kind = PARAM_TEXT, .doc = "Why it was not imported."},
	{.name = "remedy", .kind = PARAM_TEXT, .doc = "What to do about it."},
};

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	(void)b, (void)c, (void)ret, (void)err;
	return true;
}

static void
judge_never(const struct bound *b, const struct metric_value *const *observed, struct arena *a,
            struct verdict *ret)
{
	const struct check *c = b->check;
	const struct sv what = arg_of(c, "what")->text, why = arg_of(c, "why")->text;
	const struct sv remedy = arg_of(c, "remedy")->text;

	(void)observed, (void)a;
	if (why.n > 0)
		err_set(&ret->err, ERR_UNSUPPORTED, c->loc, "'" SV_FMT "' was not imported: " SV_FMT,
		        SV_ARG(what), SV_ARG(why));
	else
		err_set(&ret->err, ERR_UNSUPPORTED, c->loc, "'" SV_FMT "' was not imported", SV_ARG(what));
	if (remedy.n > 0)
		err_hint(&ret->err, SV_FMT, SV_ARG(remedy));
	else
		err_hint(&ret->err, "Write it as a check that weir has, or take it out.");
}

const struct expectation expect_unsupported = {
	.name = "unsupported",
	.shorthand = "unsupported",
	.noun = "what was not imported",
	.no_threshold = true,
	.summary = "A check of another tool that weir does not have: always an error.",
	.doc = "`weir import` leaves it where it could not translate a check, so that its absence is not taken "
	       "for a pass. Write what it is to say as another check, or take it out.",
	.example = "unsupported: {what: \"distribution_difference(amount) > 0.05\", why: its reference is in "
		   "another file}",
	.on_nothing = "An error, whatever the data.",
	.family = FAMILY_TABLE,
	.params = params,
	.nparams = LEN(params),
	.bind = bind,
	.judge = judge_never,
};
