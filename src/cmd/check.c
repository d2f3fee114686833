/* weir check: runs checks, stores results. */
#include "cmd/deliver.h"
#include "cmd/remote_check.h"
#include "cmd/source_suite.h"
#include "cmd/workspace.h"

static const struct option_def check_options[] = {
	SOURCE_OPTIONS,
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
check_suite(struct options *o, struct opened *w)
{
	struct source_suite suite;
	struct report report;
	struct err err = {0};
	int status;

	if (!source_suite(o, w, &suite, &status))
		return status;
	if (!run_suite(&w->w, &suite.data, &suite.suite.checks, &report, &err))
		return output_failure(&err);
	report.suite_name = suite.suite.name;
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

	if (!source_options(o, &status))
		return status;
	if (bare && opt_flag(o, "only-new"))
		return usage("a bare --source has no verdicts on record", "leave out --only-new");
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
