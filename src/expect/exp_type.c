/* Values against the declared type of their column. */
#include "expect/family.h"

static const struct param params[] = {PARAM_THE_COLUMN};

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	if (!bind_domain(b, c, ret, err))
		return false;
	if (!ret->domain[0]->column->declared && !b->schema->open)
		return err_set(err, ERR_ARG, arg_of(c, "column")->loc,
		               "column '" SV_FMT "' has no declared type",
		               SV_ARG(ret->domain[0]->column->name));
	bind_column_counts(b, c, ret);
	ret->unexpected = metric_get(b->m, &metric_misfits, ret->domain, 1, ret->where,
	                             (struct metric_params){.keep = check_keep(c)});
	return true;
}

static void
do_not_fit(const struct check *c, struct buf *b)
{
	(void)c;
	buf_puts(b, "do not fit the declared type");
}

const struct expectation expect_fits_type = {
	.name = "fits_type",
	.shorthand = "type",
	.summary = "Every value fits the declared type of its column.",
	.doc = "Every column with a declared type has this check. A value that does not fit is never read as "
	       "null.",
	.example = "type: amount",
	.peers = {.dbt = "`contract: {enforced: true}`, in part",
                  .deequ = "`hasDataType`",
                  .odcs = "`logicalType`"},
	.family = FAMILY_COLUMN_MAP,
	.misfits_pass = true,
	.broken = do_not_fit,
	.params = params,
	.nparams = LEN(params),
	.bind = bind,
};
