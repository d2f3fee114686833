/* weir fresh, orphans, status, audit: reports on the state of the whole catalog. */
#include "cmd/deliver.h"
#include "cmd/remote_check.h"
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

/* By the catalog of the service, so that none is needed here. */
static int
state_remote(struct options *o)
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
	if (!remote_state(service, o->a, o->command->name, o->arg, (size_t)o->narg, &report, &err))
		status = output_failure(&err);
	else
		status = opened_report(&w, o, &report, opt_flag(o, "strict"));
	opened_close(&w);
	return status;
}

/* Checks here, and asks the service for the rest: what is late, stale or an orphan is its to say. */
static int
audit_and_send(struct options *o, struct opened *w)
{
	AUTO(remote) service = NULL;
	struct run_request r = {.command = "audit",
	                        .check = true,
	                        .orphans = true,
	                        .implicit = true,
	                        .partition = opt_text(o, "partition")};
	struct report report;
	struct err err = {0};

	/* What is late is judged by the service's clock. */
	if (!remote_now(o, &err) || !remote_open(o, &service, &err) || !opened_memory(o, w, &err) ||
	    !selection_make(o->a, w->w.catalog, o->arg, (size_t)o->narg, &r.selection, &err) ||
	    !remote_check(service, w, &r, &report, &err))
		return output_failure(&err);
	remote_add_state(service, o->a, o->arg, (size_t)o->narg, &report);
	return opened_report(w, o, &report, opt_flag(o, "strict"));
}

static int
audit_remote(struct options *o)
{
	struct opened w;
	int status;

	if (!opened_catalog(o, &w))
		return 2;
	status = audit_and_send(o, &w);
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
	.doc = "With --server: by what the service knows.  It looks at the data itself; of what it does not see (elsewhere:), it "
	       "knows what weir check, weir audit and events told it.",
	.example = "weir fresh +marts/sales",
	.formats = formats_report,
	.reports = true,
	.option = strict_options,
	.noption = LEN(strict_options),
	.max_args = -1,
	.run = fresh_run,
	.remote = state_remote,
};

const struct command cmd_orphans = {
	.name = "orphans",
	.group = GROUP_DAILY,
	.synopsis = "",
	.summary = "Lists what nobody needs and what nobody makes, by kind",
	.doc = "With --server: those that the service knows of; files that no asset names are those that its last audit found.",
	.example = "weir orphans --strict",
	.formats = formats_report,
	.reports = true,
	.option = strict_options,
	.noption = LEN(strict_options),
	.run = orphans_run,
	.remote = state_remote,
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
	.remote = state_remote,
};

const struct command cmd_audit = {
	.name = "audit",
	.group = GROUP_DAILY,
	.asset_args = true,
	.synopsis = "[SELECTOR…]",
	.summary = "The nightly job: freshness, staleness, orphans and all checks",
	.doc = "One asset that fails or cannot be read never stops the others.  As a mail: weir audit --format mail | "
	       "sendmail data@example.org\n"
	       "\n"
	       "With --server the checks are done here, and their results go to the service, which says what is late, stale and an orphan.",
	.example = "weir audit --report html=audit.html --report json=audit.json",
	.formats = formats_report,
	.reports = true,
	.option = strict_options,
	.noption = LEN(strict_options),
	.reads_data = true,
	.max_args = -1,
	.run = audit_run,
	.remote = audit_remote,
};
