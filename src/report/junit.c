/*
 * JUnit XML: what CI systems show beside the results of tests.
 *
 *	testsuite = asset or partition     testcase = check, freshness, staleness, reading the data
 *	failure   = failed, late, stale past its limit      error = not evaluated      skipped = switched off
 *
 * A warning is a test that passed, with the warning in its output: JUnit knows nothing between.
 */
#include <math.h>

#include "base/civil.h"
#include "report/escape.h"
#include "report/text.h"
#include "report/view.h"

struct case_counts {
	int64_t tests, failures, errors, skipped;
	int64_t us;
};

struct junit {
	struct arena *a;
	struct buf *b; /* the cases of the suite at work */
	struct case_counts n, all;
};

static void
put_attribute(struct buf *b, const char *name, struct sv text)
{
	buf_printf(b, " %s=\"", name);
	escape_html(b, text);
	buf_putc(b, '"');
}

static void
put_counts(struct buf *b, const struct case_counts *n)
{
	buf_printf(b, " tests=\"%lld\" failures=\"%lld\" errors=\"%lld\" skipped=\"%lld\"",
	           (long long)n->tests, (long long)n->failures, (long long)n->errors, (long long)n->skipped);
}

struct junit_case {
	struct sv title, name, message, more; /* more: lines */
	enum outcome outcome;
	const char *kind;
	struct loc loc;
	int64_t us; /* that it took */
};

static void
put_result(struct junit *j, const struct junit_case *c)
{
	const char *tag = c->outcome == OUTCOME_FAIL    ? "failure"
	                  : c->outcome == OUTCOME_ERROR ? "error"
	                                                : "skipped";
	struct sv more = c->more;

	if (c->outcome == OUTCOME_WARN) {
		buf_puts(j->b, "      <system-out>warning: ");
		escape_html(j->b, c->message);
		tag = "system-out";
	} else {
		buf_printf(j->b, "      <%s", tag);
		put_attribute(j->b, "message", c->message);
		if (c->outcome != OUTCOME_SKIPPED)
			put_attribute(j->b, "type", sv_of(c->kind));
		buf_putc(j->b, '>');
	}
	while (more.n > 0) {
		buf_putc(j->b, '\n');
		escape_html(j->b, sv_cut(&more, '\n'));
	}
	buf_printf(j->b, "</%s>\n", tag);
}

static void
put_case(struct junit *j, const struct junit_case *c)
{
	j->n.tests++;
	j->n.failures += c->outcome == OUTCOME_FAIL;
	j->n.errors += c->outcome == OUTCOME_ERROR;
	j->n.skipped += c->outcome == OUTCOME_SKIPPED;
	j->n.us += c->us;
	buf_puts(j->b, "    <testcase");
	put_attribute(j->b, "classname", c->title);
	put_attribute(j->b, "name", c->name);
	if (c->loc.file != NULL) {
		put_attribute(j->b, "file", sv_of(c->loc.file));
		if (c->loc.line > 0)
			buf_printf(j->b, " line=\"%u\"", c->loc.line);
	}
	buf_printf(j->b, " time=\"%.6f\"", (double)c->us / 1e6);
	if (c->outcome == OUTCOME_PASS) {
		buf_puts(j->b, "/>\n");
		return;
	}
	buf_puts(j->b, ">\n");
	put_result(j, c);
	buf_puts(j->b, "    </testcase>\n");
}

static void
add_line(struct buf *b, const char *what, struct sv text)
{
	if (text.n == 0)
		return;
	buf_puts(b, what);
	/* Lines are told apart by line ends, so the text must have none of its own. */
	text_plain(b, text);
	buf_putc(b, '\n');
}

static void
put_check(struct junit *j, const struct asset_result *a, struct sv title, const struct check_result *c)
{
	AUTO(buf) more = buf_new((size_t)1 << 24);
	struct sample sample = view_sample(j->a, c, SAMPLE_ROWS_KEPT);

	if (c->waiver != NULL)
		add_line(more, "", view_waiver(j->a, c->waiver));
	if (c->verdict.outcome == OUTCOME_ERROR)
		add_line(more, "hint: ", sv_of(c->verdict.err.hint));
	for (size_t i = 0; i < sample.n; i++) {
		view_row(more, &sample.row[i]);
		buf_putc(more, '\n');
	}
	if (sample.more > 0)
		buf_printf(more, "and %lld more\n", (long long)sample.more);
	put_case(j, &(struct junit_case){
			    .title = title,
			    .name = view_label(a, c->check),
			    .outcome = c->verdict.outcome,
			    .message = view_message(j->a, c),
			    .kind = c->check->expectation != NULL ? c->check->expectation->name : "check",
			    .more = buf_sv(more),
			    .loc = c->check->loc,
			    .us = llround(c->duration_ms * 1e3), /* as json.c rounds it */
		    });
}

static void
put_freshness(struct junit *j, const struct asset_result *a, struct sv title)
{
	static const enum outcome by_status[] = {
		[FRESH_PASS] = OUTCOME_PASS,
		[FRESH_WARN] = OUTCOME_WARN,
		[FRESH_FAIL] = OUTCOME_FAIL,
		[FRESH_UNKNOWN] = OUTCOME_ERROR,
	};

	/* Without a policy nothing was tested. */
	if (!a->has_freshness || a->freshness.status == FRESH_NONE)
		return;
	put_case(j, &(struct junit_case){
			    .title = title,
			    .name = SV("freshness"),
			    .outcome = by_status[a->freshness.status],
			    .message = a->freshness.evidence,
			    .kind = a->freshness.status == FRESH_FAIL ? "late" : "unknown_age",
			    .more = a->freshness.warning,
			    .loc = a->asset->freshness.loc.file != NULL ? a->asset->freshness.loc
	                                                                : a->asset->loc,
		    });
}

static void
put_staleness(struct junit *j, const struct asset_result *a, struct sv title)
{
	const struct staleness *s = &a->staleness;

	if (!a->has_staleness || s->status == STALE_OFF)
		return;
	put_case(j, &(struct junit_case){
			    .title = title,
			    .name = SV("staleness"),
			    .outcome = s->failing                   ? OUTCOME_FAIL
	                               : s->status != STALE_CURRENT ? OUTCOME_WARN
	                                                            : OUTCOME_PASS,
			    .message = s->evidence,
			    .kind = "stale",
			    .loc = a->asset->loc,
		    });
}

static void
put_suite(struct junit *j, struct buf *out, const struct report *r, struct sv name, struct sv version)
{
	char at[RFC3339_MAX];

	if (j->n.tests == 0)
		return;
	buf_puts(out, "  <testsuite");
	put_attribute(out, "name", name);
	put_counts(out, &j->n);
	/* Without a zone, as its schema wants it: the time is UTC. */
	buf_printf(out, " time=\"%.3f\" timestamp=\"%s\">\n", (double)j->n.us / 1e6,
	           civil_format(r->started_us, at));
	if (version.n > 0) {
		buf_puts(out, "    <properties>\n      <property name=\"data_version\"");
		put_attribute(out, "value", version);
		buf_puts(out, "/>\n    </properties>\n");
	}
	buf_add(out, buf_sv(j->b));
	buf_puts(out, "  </testsuite>\n");
	j->all.tests += j->n.tests;
	j->all.failures += j->n.failures;
	j->all.errors += j->n.errors;
	j->all.skipped += j->n.skipped;
	j->n = (struct case_counts){0};
	buf_clear(j->b);
}

static void
put_asset(struct junit *j, struct buf *out, const struct report *r, const struct asset_result *a)
{
	struct sv title = view_title(j->a, a);

	if (a->err.code != ERR_NONE)
		put_case(j, &(struct junit_case){
				    .title = title,
				    .name = SV("data"),
				    .outcome = OUTCOME_ERROR,
				    .message = sv_of(a->err.msg),
				    .kind = err_code_name(a->err.code),
				    .more = sv_of(a->err.hint),
				    .loc = a->err.loc,
			    });
	put_freshness(j, a, title);
	put_staleness(j, a, title);
	for (size_t i = 0; i < a->ncheck; i++)
		put_check(j, a, title, &a->check[i]);
	put_suite(j, out, r, title, a->data_version);
}

static void
put_orphans(struct junit *j, struct buf *out, const struct report *r)
{
	for (size_t i = 0; i < r->norphan; i++)
		put_case(j, &(struct junit_case){
				    .title = r->orphan[i].key,
				    .name = sv_of(orphan_kind_names[r->orphan[i].kind]),
				    .outcome = OUTCOME_WARN,
				    .message = r->orphan[i].evidence,
			    });
	put_suite(j, out, r, SV("orphans"), (struct sv){0});
}

static bool
write_junit(const struct report *r, const struct report_style *s UNUSED, struct buf *b, struct err *err)
{
	AUTO(arena) a = arena_new();
	AUTO(buf) suites = buf_new(b->max);
	AUTO(buf) cases = buf_new(b->max);
	struct junit j = {.a = a, .b = cases};

	for (size_t i = 0; i < r->nasset; i++)
		put_asset(&j, suites, r, &r->asset[i]);
	put_orphans(&j, suites, r);
	buf_puts(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	put_attribute(b, "name", r->project.n > 0 ? r->project : SV("weir"));
	put_counts(b, &j.all);
	buf_printf(b, " time=\"%.3f\">\n", r->seconds);
	buf_add(b, buf_sv(suites));
	buf_puts(b, "</testsuites>\n");
	return buf_check(cases, "the report", err) && buf_check(suites, "the report", err) &&
	       buf_check(b, "the report", err);
}

const struct report_format report_junit = {
	.name = "junit",
	.doc = "JUnit XML: a suite for each asset, a case for each check and for freshness.",
	.write = write_junit,
};
