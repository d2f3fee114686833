#include "cmd/remote_runs.h"

#include "report/reader.h"

/* Runs ---------------------------------------------------------------------------------------------------------- */

static const struct member count_members[] = {
	{"pass", MEMBER_I64, AT(remote_run, counts[OUTCOME_PASS])},
	{"warn", MEMBER_I64, AT(remote_run, counts[OUTCOME_WARN])},
	{"fail", MEMBER_I64, AT(remote_run, counts[OUTCOME_FAIL])},
	{"error", MEMBER_I64, AT(remote_run, counts[OUTCOME_ERROR])},
	{"skipped", MEMBER_I64, AT(remote_run, counts[OUTCOME_SKIPPED])},
};

static bool
read_counts(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(count_members), base, e);
}

static const struct member run_members[] = {
	{"id", MEMBER_TEXT, AT(remote_run, run.id)},
	{"kind", MEMBER_TEXT, AT(remote_run, run.kind)},
	{"started_at", MEMBER_TIME, AT(remote_run, run.started_us)},
	{"finished_at", MEMBER_TIME, AT(remote_run, run.finished_us)},
	{"outcome", MEMBER_ENUM, NAMED(remote_run, run.outcome, outcome_names)},
	{"verdicts", MEMBER_OTHER, .read = read_counts},
	{"report", MEMBER_RAW, AT(remote_run, run.report)},
};

#define NO_RUN                \
	((struct remote_run){ \
		.run = {.outcome = OUTCOME_ERROR, .started_us = TIME_NONE, .finished_us = TIME_NONE}})

struct read_runs {
	LIST(struct remote_run) run;
	bool has;
};

static bool
read_list(struct json_reader *r, void *base, enum json_event e)
{
	struct read_runs *x = base;

	x->has = true;
	return READ_LIST(r, e, &x->run, MEMBERS(run_members), NO_RUN);
}

static const struct member list_members[] = {
	{"runs", MEMBER_OTHER, .read = read_list},
};

static bool
ask_page(struct remote *r, struct arena *a, struct sv *path, struct read_runs *ret, struct err *err)
{
	struct json_reader reader = {.a = a, .err = err, .what = "the list of runs"};
	struct sv json;

	*ret = (struct read_runs){.has = false};
	if (!remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = *path}, &json, path, err))
		return false;
	json_scan_init(&reader.s, json);
	if (!reader_object(&reader, MEMBERS(list_members), ret, json_next(&reader.s)))
		return false;
	for (size_t i = 0; i < ret->run.n; i++)
		if (ret->run.v[i].run.id.n == 0)
			return reader_fail(&reader, "a run without an id is none");
	return ret->has || reader_fail(&reader, "it is not there");
}

bool
remote_runs(struct remote *r, struct arena *a, struct sv kind, int64_t since_us, size_t max,
            struct remote_run **ret, size_t *n, struct err *err)
{
	AUTO(buf) first = buf_new(1 << 12);
	LIST(struct remote_run) all = {0};
	struct sv path;

	buf_printf(first, "/v1/runs?limit=%zu", MAX(MIN(max, (size_t)1000), (size_t)1));
	if (kind.n > 0)
		remote_param(first, "kind", kind);
	for (path = buf_sv(first); path.n > 0 && all.n < max;) {
		struct read_runs page;

		if (!ask_page(r, a, &path, &page, err))
			return false;
		for (size_t i = 0; i < page.run.n && all.n < max; i++)
			if (page.run.v[i].run.started_us >= since_us)
				*LIST_ADD(a, &all) = page.run.v[i];
			else
				path = (struct sv){0};
		if (page.run.n == 0)
			break;
	}
	*ret = all.v;
	*n = all.n;
	return true;
}

bool
remote_run_report(struct remote *r, struct arena *a, struct sv id, struct sv *ret, struct err *err)
{
	AUTO(buf) path = buf_new(1 << 16);
	struct json_reader reader = {.a = a, .err = err, .what = "the run"};
	struct remote_run x = NO_RUN;
	struct sv json;

	buf_puts(path, "/v1/runs");
	remote_segment(path, id);
	if (!buf_check(path, "the path", err) ||
	    !remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = buf_sv(path)}, &json, NULL,
	                err))
		return false;
	json_scan_init(&reader.s, json);
	if (!reader_object(&reader, MEMBERS(run_members), &x, json_next(&reader.s)))
		return false;
	*ret = x.run.report;
	return sv_eq(x.run.id, id) || reader_fail(&reader, "it is another one");
}

/* The history of gates ------------------------------------------------------------------------------------------ */

static const struct member gate_members[] = {
	{"asset", MEMBER_TEXT, AT(gate_tally, asset)},
	{"allow", MEMBER_I64, AT(gate_tally, allow)},
	{"block", MEMBER_I64, AT(gate_tally, block)},
	{"shadow", MEMBER_I64, AT(gate_tally, shadow)},
	{"overridden", MEMBER_I64, AT(gate_tally, overridden)},
	{"answers", MEMBER_I64, AT(gate_tally, answers)},
};
static const struct member check_members[] = {
	{"check", MEMBER_TEXT, AT(check_tally, check)},
	{"blocks", MEMBER_I64, AT(check_tally, blocks)},
	{"blocks_false", MEMBER_I64, AT(check_tally, blocks_false)},
	{"overridden", MEMBER_I64, AT(check_tally, overridden)},
	{"waived", MEMBER_I64, AT(check_tally, waived)},
	{"blocks_needless", MEMBER_I64, AT(check_tally, blocks_needless)},
	{"allows_false", MEMBER_I64, AT(check_tally, allows_false)},
};

struct read_history {
	struct gate_history h;
	bool gates, checks;
};

static bool
read_gates(struct json_reader *r, void *base, enum json_event e)
{
	struct read_history *x = base;
	LIST(struct gate_tally) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(gate_members), ((struct gate_tally){.allow = 0})))
		return false;
	x->gates = true;
	x->h.gate = list.v;
	x->h.ngate = list.n;
	return true;
}

static bool
read_checks(struct json_reader *r, void *base, enum json_event e)
{
	struct read_history *x = base;
	LIST(struct check_tally) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(check_members), ((struct check_tally){.blocks = 0})))
		return false;
	x->checks = true;
	x->h.check = list.v;
	x->h.ncheck = list.n;
	return true;
}

static const struct member history_members[] = {
	{"since", MEMBER_TIME, AT(read_history, h.since_us)},
	{"until", MEMBER_TIME, AT(read_history, h.until_us)},
	{"cut", MEMBER_BOOL, AT(read_history, h.cut)},
	{"gates", MEMBER_OTHER, .read = read_gates},
	{"checks", MEMBER_OTHER, .read = read_checks},
};

bool
remote_gate_history(struct remote *r, struct arena *a, int64_t since_us, struct gate_history *ret,
                    struct err *err)
{
	AUTO(buf) path = buf_new(1 << 12);
	struct json_reader reader = {.a = a, .err = err, .what = "the history of gates"};
	struct read_history x = {.h = {.since_us = TIME_NONE, .until_us = TIME_NONE}};
	char at[RFC3339_MAX];
	struct sv json;

	buf_puts(path, "/v1/reports/gates");
	if (since_us != TIME_NONE)
		remote_param(path, "since", sv_of(rfc3339_format(since_us, at)));
	if (!remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = buf_sv(path)}, &json, NULL,
	                err))
		return false;
	json_scan_init(&reader.s, json);
	if (!reader_object(&reader, MEMBERS(history_members), &x, json_next(&reader.s)))
		return false;
	*ret = x.h;
	return (x.gates && x.checks) || reader_fail(&reader, "it is not there");
}
