/* weir fresh, orphans, status, audit: reports on the state of the whole catalog. */
#include "cmd/deliver.h"
#include "cmd/remote_status.h"
#include "cmd/upkeep.h"
#include "cmd/workspace.h"

static const struct option_def strict_options[] = {
	{"strict", 0, OPT_FLAG, NULL, NULL, "Warnings and orphans end with status 1, too."},
};

static int
state_report(struct options *o, struct run_request r)
{
	struct opened w;
	struct report report;
	struct err err = {0};
	int status;

	if (!opened_workspace(o, r.stored ? STORE_READ : STORE_WRITE, &w, &status))
		return status;
	r.command = o->command->name;
	if (o->command->reads_data)
		r.partition = opt_text(o, "partition");
	if (!selection_make(o->a, w.w.catalog, o->arg, (size_t)o->narg, &r.selection, &err) ||
	    !run_report(&w.w, &r, &report, &err))
		status = output_failure(&err);
	else
		status = opened_report(&w, o, &report, opt_flag(o, "strict"));
	if (!r.stored)
		deliver_alerts(&w);
	/* The nightly job keeps house as well. */
	if (r.orphans && r.check)
		upkeep_after_audit(&w);
	opened_close(&w);
	return status;
}

static int
fresh_run(struct options *o)
{
	return state_report(o, (struct run_request){.fresh = true});
}

static int
orphans_run(struct options *o)
{
	return state_report(o, (struct run_request){.orphans = true});
}

static int
status_run(struct options *o)
{
	return state_report(o, (struct run_request){.fresh = true, .check = true, .stored = true});
}

static int
status_remote(struct options *o)
{
	AUTO(remote) service = NULL;
	struct report report;
	struct err err = {0};
	struct opened w;
	int status;

	if (!remote_now(o, &err) || !remote_open(o, &service, &err))
		return output_failure(&err);
	if (!opened_bare(o, &w, &status))
		return status;
	if (!remote_status(service, o->a, o->arg, (size_t)o->narg, &report, &err))
		status = output_failure(&err);
	else
		status = opened_report(&w, o, &report, opt_flag(o, "strict"));
	opened_close(&w);
	return status;
}

static int
audit_run(struct options *o)
{
	return state_report(o, (struct run_request){.fresh = true, .orphans = true, .check = true});
}

const struct command cmd_fresh = {
	.name = "fresh",
	.group = GROUP_DAILY,
	.asset_args = true,
	.synopsis = "[SELECTOR…]",
	.summary = "Says what is late and what is stale, now",
	.example = "weir fresh +marts/sales",
	.formats = formats_report,
	.reports = true,
	.option = strict_options,
	.noption = LEN(strict_options),
	.max_args = -1,
	.run = fresh_run,
};

const struct command cmd_orphans = {
	.name = "orphans",
	.group = GROUP_DAILY,
	.synopsis = "",
	.summary = "Lists what nobody needs and what nobody makes, by kind",
	.example = "weir orphans --strict",
	.formats = formats_report,
	.reports = true,
	.option = strict_options,
	.noption = LEN(strict_options),
	.run = orphans_run,
};

const struct command cmd_status = {
	.name = "status",
	.group = GROUP_DAILY,
	.asset_args = true,
	.synopsis = "[SELECTOR…]",
	.summary = "Shows the last known state; reads no data",
	.example = "weir status tag:gold",
	.formats = formats_report,
	.reports = true,
	.option = strict_options,
	.noption = LEN(strict_options),
	.max_args = -1,
	.run = status_run,
	.remote = status_remote,
};

const struct command cmd_audit = {
	.name = "audit",
	.group = GROUP_DAILY,
	.asset_args = true,
	.synopsis = "[SELECTOR…]",
	.summary = "The nightly job: freshness, staleness, orphans and all checks",
	.doc = "One asset that fails or cannot be read never stops the others.  As a mail: weir audit --format mail | "
	       "sendmail data@example.org",
	.example = "weir audit --report html=audit.html --report json=audit.json",
	.formats = formats_report,
	.reports = true,
	.option = strict_options,
	.noption = LEN(strict_options),
	.reads_data = true,
	.max_args = -1,
	.run = audit_run,
};
