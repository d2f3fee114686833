/* weir check: runs checks, stores results. */
#include <stdio.h>

#include "cmd/deliver.h"
#include "cmd/remote_check.h"
#include "cmd/workspace.h"

static const struct option_def check_options[] = {
	{"source", 0, OPT_TEXT, "PATH|URL", NULL, "Checks one file or table, without a project."},
	{"table", 0, OPT_TEXT, "NAME", NULL, "The table of a --source that is a database."},
	{"query", 0, OPT_TEXT, "SQL", NULL, "A query on a --source that is a database, instead of a table."},
	{"suite", 0, OPT_TEXT, "FILE", NULL,
         "The suite for --source: weir's own (YAML with `checks:`), or another tool's file that `weir import` "
         "knows."},
	{"suite-kind", 0, OPT_TEXT, "KIND", NULL,
         "weir, or an importer that `weir explain` lists; default: by the file's content."},
	{"suite-table", 0, OPT_TEXT, "NAME", NULL,
         "Whose checks are meant, where the file has some for several."},
	{"only-new", 0, OPT_FLAG, NULL, NULL,
         "Assets and partitions whose present version was judged by each of their checks are not read again; "
         "their verdicts are told as they are on record."},
	{"strict", 0, OPT_FLAG, NULL, NULL, "Warnings end with status 1, too."},
};

static int
usage(const char *msg, const char *hint)
{
	struct err err = {0};

	err_set(&err, ERR_USAGE, NOWHERE, "%s", msg);
	err_hint(&err, "%s", hint);
	output_error(&err);
	return 2;
}

static int
print_mistakes(struct options *o, struct diags *d)
{
	diags_sort(d);
	diags_print(d, stderr, output_stderr_colour(o));
	return 2;
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

static int
check_suite(struct options *o, struct opened *w)
{
	struct suite_options so = {.path = arena_str(o->a, opt_text(o, "suite")),
	                           .table = opt_text(o, "suite-table"),
	                           .likely = source_name(o),
	                           .now_us = clock_now_us(w->w.clock)};
	struct suite suite;
	struct dataset data;
	struct report report;
	struct diags d;
	struct err err = {0};

	diags_init(&d, o->a);
	if (opt(o, "suite-kind")->given)
		so.kind = arena_str(o->a, opt_text(o, "suite-kind"));
	if (!suite_load(o->a, &so, &suite, &d))
		return print_mistakes(o, &d);
	if (d.warnings > 0 && !opt_flag(o, "quiet"))
		(void)print_mistakes(o, &d);
	if (suite.checks.n == 0)
		return usage("the suite holds no checks", "a suite without checks cannot pass: give it some");
	checks_implicit(o->a, NULL, &suite.checks);
	if (!run_dataset_of_source(o->a, opt_text(o, "source"), opt_text(o, "table"), opt_text(o, "query"),
	                           &data, &err))
		return output_failure(&err);
	data.column = suite.column;
	data.ncolumn = suite.ncolumn;
	if (!run_suite(&w->w, &data, &suite.checks, &report, &err))
		return output_failure(&err);
	report.suite_name = suite.name;
	return opened_report(w, o, &report, opt_flag(o, "strict"));
}

/* GX's result is of one asset: told before all of them are read. */
static bool
format_fits(const struct options *o, const struct opened *w, const struct selection *s, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < w->w.catalog->nasset; i++) {
		const struct asset *asset = &w->w.catalog->asset[i];

		n += bit_get(s->asset, asset->index) &&
		     (asset->path.n > 0 || asset->table.n > 0 || asset->query.n > 0);
	}
	if (n < 2 || !opened_writes(o, "gx"))
		return true;
	err_set(err, ERR_USAGE, NOWHERE, "--format gx holds one asset, but %zu are selected", n);
	return err_hint(err, "select one asset");
}

static int
check_project(struct options *o, struct opened *w)
{
	struct run_request r = {.command = "check",
	                        .check = true,
	                        .partition = opt_text(o, "partition"),
	                        .only_new = opt_flag(o, "only-new")};
	struct report report;
	struct err err = {0};

	if (!selection_make(o->a, w->w.catalog, o->arg, (size_t)o->narg, &r.selection, &err) ||
	    !format_fits(o, w, &r.selection, &err) || !run_report(&w->w, &r, &report, &err))
		return output_failure(&err);
	return opened_report(w, o, &report, opt_flag(o, "strict"));
}

static int
check_run(struct options *o)
{
	const bool bare = opt(o, "source")->given;
	struct opened w;
	int status;

	if (bare != opt(o, "suite")->given)
		return bare ? usage("--source needs a --suite", "for example --suite suite.yaml")
		            : usage("--suite needs a --source",
		                    "suites of catalogued assets go under `suites:` in weir.yaml");
	if (bare && (o->narg > 0 || opt(o, "partition")->given || opt(o, "env")->given))
		return usage("selectors, --partition and --env are of a project, which --source has none of",
		             "leave one of them out");
	if (bare && opt_flag(o, "only-new"))
		return usage("a bare --source has no verdicts on record", "leave out --only-new");
	if (!bare && (opt(o, "table")->given || opt(o, "query")->given))
		return usage("--table and --query need a --source", "for example --source sqlite:shop.db");
	if (bare ? !opened_bare(o, &w, &status) : !opened_workspace(o, STORE_WRITE, &w, &status))
		return status;
	status = bare ? check_suite(o, &w) : check_project(o, &w);
	if (!bare)
		deliver_alerts(&w);
	opened_close(&w);
	return status;
}

static int
check_and_send(struct options *o, struct opened *w)
{
	AUTO(remote) service = NULL;
	struct run_request r = {.command = "check", .check = true, .partition = opt_text(o, "partition")};
	struct report report;
	struct err err = {0};

	if (!remote_open(o, &service, &err) || !opened_memory(o, w, &err) ||
	    !selection_make(o->a, w->w.catalog, o->arg, (size_t)o->narg, &r.selection, &err) ||
	    !format_fits(o, w, &r.selection, &err) || !remote_check(service, w, &r, &report, &err))
		return output_failure(&err);
	return opened_report(w, o, &report, opt_flag(o, "strict"));
}

static int
check_remote(struct options *o)
{
	struct opened w;
	int status;

	if (opt_flag(o, "only-new"))
		return usage("--only-new asks the state, which a --server has",
		             "run it there: the service checks what is new by its schedules");
	/* One file against one suite needs no state. */
	if (opt(o, "source")->given || opt(o, "suite")->given || opt(o, "table")->given ||
	    opt(o, "query")->given)
		return check_run(o);
	if (!opened_catalog(o, &w))
		return 2;
	status = check_and_send(o, &w);
	opened_close(&w);
	return status;
}

const struct command cmd_check = {
	.name = "check",
	.group = GROUP_DAILY,
	.asset_args = true,
	.synopsis = "[SELECTOR…] | --source PATH|URL [--table T|--query Q] --suite FILE",
	.summary = "Runs checks on the data and stores the results",
	.doc = "Selectors as in dbt: raw/orders, +marts/x (with its inputs), marts/x+ (with its consumers), "
	       "raw/*, tag:gold,\n"
	       "tag:tier=gold, owner:team:data, check:NAME.  Without one, all assets.",
	.example = "weir check --source orders.csv --suite suite.yaml",
	.formats = formats_check,
	.option = check_options,
	.noption = LEN(check_options),
	.reads_data = true,
	.reports = true,
	.max_args = -1,
	.run = check_run,
	.remote = check_remote,
};
