/* weir validate: loads the catalog, reports every mistake, and looks for checks that cannot mean what was wanted. */
#include <stdio.h>

#include "cmd/workspace.h"
#include "expect/lint.h"

/* How many findings there are; they are told on stderr, as mistakes are.  *ignored: how many the catalog says not to tell. */
static size_t
lint_all(struct options *o, const struct opened *w, size_t *ignored)
{
	struct diags d;

	diags_init(&d, o->a);
	for (size_t i = 0; i < w->w.catalog->nasset; i++)
		*ignored += checks_lint(o->a, &w->w.catalog->asset[i], &w->w.checks[i], &d);
	diags_sort(&d);
	if (!opt_flag(o, "quiet"))
		diags_print(&d, stderr, output_stderr_colour(o));
	return d.warnings;
}

static int
validate_run(struct options *o)
{
	size_t nchecks = 0, findings, ignored = 0;
	struct opened w;

	if (!opened_catalog(o, &w))
		return 2;
	findings = w.warnings + lint_all(o, &w, &ignored);
	for (size_t i = 0; i < w.w.catalog->nasset; i++)
		nchecks += w.w.checks[i].n;
	printf("%s: %zu asset%s, %zu checks, ", w.w.catalog->file, w.w.catalog->nasset,
	       w.w.catalog->nasset == 1 ? "" : "s", nchecks);
	if (findings == 0)
		printf("nothing wrong");
	else
		printf("no mistake, %zu warning%s", findings, findings == 1 ? "" : "s");
	if (ignored > 0)
		printf(", %zu ignored", ignored);
	printf(findings > 0 ? " (weir explain CODE says more)\n" : "\n");
	return output_finish(findings > 0 && opt_flag(o, "strict") ? 1 : 0);
}

static const struct option_def validate_options[] = {
	{"strict", 0, OPT_FLAG, NULL, NULL, "Warnings end with status 1."},
};

const struct command cmd_validate = {
	.name = "validate",
	.local = true,
	.group = GROUP_START,
	.synopsis = "[--strict]",
	.summary = "Loads the catalog and reports every mistake, with line and column",
	.doc = "Warns of checks that are right and cannot mean what was wanted: two that say the same or cannot both be met, filters that select "
	       "nothing, checks that cannot fail or cannot pass.  Each warning has a code, which `weir explain` knows.",
	.example = "weir validate -C shop",
	.option = validate_options,
	.noption = LEN(validate_options),
	.run = validate_run,
};
