/* weir validate: loads the catalog and reports every mistake. */
#include <stdio.h>

#include "cmd/workspace.h"

static int
validate_run(struct options *o)
{
	size_t nchecks = 0;
	struct opened w;

	if (!opened_catalog(o, &w))
		return 2;
	for (size_t i = 0; i < w.w.catalog->nasset; i++)
		nchecks += w.w.checks[i].n;
	printf("%s: %zu asset%s, %zu checks, nothing wrong\n", w.w.catalog->file, w.w.catalog->nasset,
	       w.w.catalog->nasset == 1 ? "" : "s", nchecks);
	return output_finish(0);
}

const struct command cmd_validate = {
	.name = "validate",
	.local = true,
	.group = GROUP_START,
	.synopsis = "",
	.summary = "Loads the catalog and reports every mistake, with line and column",
	.example = "weir validate -C shop",
	.run = validate_run,
};
