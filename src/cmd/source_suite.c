#include "cmd/source_suite.h"

#include <stdio.h>

static bool
refuse(const char *msg, const char *hint, int *status)
{
	struct err err = {0};

	err_set(&err, ERR_USAGE, NOWHERE, "%s", msg);
	err_hint(&err, "%s", hint);
	*status = output_failure(&err);
	return false;
}

bool
source_options(struct options *o, int *status)
{
	const bool bare = opt(o, "source")->given;

	if (bare != opt(o, "suite")->given)
		return bare ? refuse("--source needs a --suite", "for example --suite suite.yaml", status)
		            : refuse("--suite needs a --source",
		                     "suites of catalogued assets go under `suites:` in weir.yaml", status);
	if (bare && (o->narg > 0 || opt(o, "partition")->given || opt(o, "env")->given))
		return refuse("selectors, --partition and --env are of a project, which --source has none of",
		              "leave one of them out", status);
	if (!bare && (opt(o, "table")->given || opt(o, "query")->given))
		return refuse("--table and --query need a --source", "for example --source sqlite:shop.db",
		              status);
	return true;
}

/* A table, or a file without folders and endings: how a suite of several tables may call it. */
static struct sv
source_name(struct options *o)
{
	struct sv name = opt_text(o, "table").n > 0 ? opt_text(o, "table") : opt_text(o, "source");
	ptrdiff_t dot;

	for (size_t i = name.n; i > 0 && opt_text(o, "table").n == 0; i--)
		if (name.p[i - 1] == '/') {
			name = sv_skip(name, i);
			break;
		}
	dot = sv_find(name, '.');
	if (dot > 0 && opt_text(o, "table").n == 0)
		name.n = (size_t)dot;
	return name;
}

static void
print_mistakes(struct options *o, struct diags *d)
{
	diags_sort(d);
	diags_print(d, stderr, output_stderr_colour(o));
}

bool
source_suite(struct options *o, const struct opened *w, struct source_suite *ret, int *status)
{
	struct suite_options so = {.path = arena_str(o->a, opt_text(o, "suite")),
	                           .table = opt_text(o, "suite-table"),
	                           .likely = source_name(o),
	                           .now_us = clock_now_us(w->w.clock)};
	struct diags d;
	struct err err = {0};

	*ret = (struct source_suite){0};
	diags_init(&d, o->a);
	if (opt(o, "suite-kind")->given)
		so.kind = arena_str(o->a, opt_text(o, "suite-kind"));
	if (!suite_load(o->a, &so, &ret->suite, &d)) {
		print_mistakes(o, &d);
		*status = 2;
		return false;
	}
	if (d.warnings > 0 && !opt_flag(o, "quiet"))
		print_mistakes(o, &d);
	if (ret->suite.checks.n == 0)
		return refuse("the suite holds no checks", "a suite without checks cannot pass: give it some",
		              status);
	checks_implicit(o->a, NULL, &ret->suite.checks);
	if (!run_dataset_of_source(o->a, opt_text(o, "source"), opt_text(o, "table"), opt_text(o, "query"),
	                           &ret->data, &err)) {
		*status = output_failure(&err);
		return false;
	}
	ret->data.column = ret->suite.column;
	ret->data.ncolumn = ret->suite.ncolumn;
	return true;
}
