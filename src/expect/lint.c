/* The table of lints, sorted by code.  Adding one is its file and a line here. */
#include "expect/lint.h"

#include <stdarg.h>

#include "expect/lint_parts.h"

const struct lint *const lints[] = {
	&lint_segments,                                          /* constant_segments */
	&lint_contradiction,                                     /* contradictory_checks */
	&lint_duplicate,                                         /* duplicate_check */
	&lint_never_fails,   &lint_never_passes, &lint_odd_type, /* odd_type */
	&lint_odd_value,                                         /* odd_value */
	&lint_redundant,                                         /* redundant_check */
	&lint_undeclared,                                        /* undeclared_column */
	&lint_threshold,                                         /* unreachable_threshold */
	&lint_where,                                             /* unreachable_where */
};
const size_t lint_count = LEN(lints);

const struct lint *
lint_find(struct sv code)
{
	for (size_t i = 0; i < lint_count; i++)
		if (sv_is(code, lints[i]->code))
			return lints[i];
	return NULL;
}

void
lint_report(struct linted *l, struct loc at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_warning(l->d, at, "%s", arena_vprintf(l->a, fmt, ap));
	va_end(ap);
	diag_code(l->d, l->lint->code);
}

void
lint_note(struct linted *l, const struct check *other, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_note(l->d, other->loc, "%s", arena_vprintf(l->a, fmt, ap));
	va_end(ap);
}

void
checks_lint(struct arena *a, const struct asset *asset, const struct checks *checks, struct diags *d)
{
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) m = metrics_new(x);
	struct linted l = {.a = a,
	                   .asset = asset,
	                   .checks = checks,
	                   .binder = {.a = exprs_arena(x), .x = x, .m = m},
	                   .d = d};

	claims_make(&l);
	for (size_t i = 0; i < lint_count; i++) {
		l.lint = lints[i];
		lints[i]->find(&l);
	}
}

bool
lint_explain(struct sv code, struct buf *b)
{
	const struct lint *lint = lint_find(code);

	return lint != NULL &&
	       buf_printf(b,
	                  "%s: a warning of weir validate\n\n%s %s\n\nExample:\n%s\n\nWarnings leave "
	                  "the exit status at 0; with --strict it is 1.\n",
	                  lint->code, lint->summary, lint->doc, lint->example);
}
