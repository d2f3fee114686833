/*
 * GET /metrics: Prometheus' text format 0.0.4.  First what the service says of itself (meters.def), then the state of the assets.  Times
 * are exported as instants, not as ages; no label holds an id, a message or SQL.
 */
#include <string.h>

#include "base/process.h"
#include "config.h"
#include "serve/request.h"
#include "serve/service.h"
#include "store/incident.h"
#include "store/outbox.h"

/* More time series than this would hurt whoever scrapes them: of a larger catalog only the sums are told. */
enum { ASSETS_MAX = 20000, TEXT_MAX = 64 << 20 };

struct meter_row {
	const char *name, *labels, *type, *help;
};

#define COUNTER "counter"
#define GAUGE "gauge"
static const struct meter_row rows[METER_COUNT] = {
#define METER(id, name, labels, kind, help) [METER_##id] = {name, labels, kind, help},
#include "serve/meters.def"
#undef METER
};
#undef COUNTER
#undef GAUGE

static void
head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
gauge(struct buf *b, const char *name, const char *help, double value)
{
	head(b, name, "gauge", help);
	buf_printf(b, "%s %.17g\n", name, value);
}

/* A label's value: what has a meaning there is escaped. */
static void
put_label(struct buf *b, struct sv text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\n')
			buf_puts(b, "\\n");
		else if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else
			buf_putc(b, c);
	}
}

static void
put_meters(const struct service *s, struct buf *b)
{
	for (size_t i = 0; i < METER_COUNT; i++) {
		const struct meter_row *r = &rows[i];

		if (i == 0 || strcmp(r->name, rows[i - 1].name) != 0)
			head(b, r->name, r->type, r->help);
		buf_printf(b, "%s%s%s%s %lld\n", r->name, r->labels[0] != '\0' ? "{" : "", r->labels,
		           r->labels[0] != '\0' ? "}" : "", (long long)meter_get(&s->meters, (enum meter)i));
	}
}

static void
put_process(const struct service *s, struct buf *b)
{
	int64_t mapped, resident;

	head(b, "weir_build_info", "gauge", "The version of this weir.");
	buf_printf(b, "weir_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	gauge(b, "process_start_time_seconds", "When the service was started.", (double)s->started_us / 1e6);
	if (process_memory(&mapped, &resident))
		gauge(b, "process_resident_memory_bytes", "Memory in use.", (double)resident);
	gauge(b, "weir_catalog_loaded_timestamp_seconds", "When the catalog in use was loaded.",
	      (double)s->project->loaded_us / 1e6);
	gauge(b, "weir_catalog_last_reload_successful",
	      "Was the last reload taken? Else an older catalog is in use.", s->reload_trouble[0] == '\0');
	gauge(b, "weir_inbox_depth", "Requests and results that wait for the keeper.",
	      (double)inbox_depth(s->inbox));
	gauge(b, "weir_work_queued", "Checks and looks at data that wait.",
	      (double)workshop_queued(s->workshop));
	gauge(b, "weir_work_running", "Checks and looks at data at work.",
	      (double)workshop_running(s->workshop));
	gauge(b, "weir_work_held", "Results that wait until the state can take them.",
	      (double)workshop_held(s->workshop));
}

static bool
put_store(struct service *s, struct arena *a, struct buf *b, struct err *err)
{
	struct incident *open;
	int64_t messages[3], by_severity[3] = {0};
	size_t n;

	if (!store_open_incidents(s->store, a, &open, &n, err) ||
	    !store_count_messages(s->store, messages, err))
		return false;
	for (size_t i = 0; i < n; i++)
		by_severity[open[i].severity]++;
	head(b, "weir_incidents_open", "gauge", "Incidents that are not resolved.");
	for (size_t i = 0; i < LEN(by_severity); i++)
		buf_printf(b, "weir_incidents_open{severity=\"%s\"} %lld\n", severity_names[i],
		           (long long)by_severity[i]);
	head(b, "weir_outbox_messages", "gauge", "Messages in the outbox.");
	for (size_t i = 0; i < LEN(messages); i++)
		buf_printf(b, "weir_outbox_messages{state=\"%s\"} %lld\n", message_state_names[i],
		           (long long)messages[i]);
	return true;
}

/* Of each asset ------------------------------------------------------------------------------------------------- */

static double
produced(const struct service *s UNUSED, const struct card *c)
{
	return c->observed->produced_us == TIME_NONE ? -1 : (double)c->observed->produced_us / 1e6;
}

static double
deadline(const struct service *s, const struct card *c)
{
	AUTO(arena) a = arena_new();
	struct freshness f;

	board_tell(s->board, a, c->asset->index, &f, NULL);
	return f.next_deadline_us == TIME_NONE ? -1 : (double)f.next_deadline_us / 1e6;
}

static double
late(const struct service *s UNUSED, const struct card *c)
{
	return c->brief->fresh == FRESH_NONE ? -1 : c->brief->fresh == FRESH_FAIL;
}

static double
stale(const struct service *s UNUSED, const struct card *c)
{
	return c->brief->stale == STALE_OFF ? -1 : c->brief->stale == STALE_STALE;
}

static double
bad_checks(const struct service *s, const struct card *c)
{
	struct check_counts n;

	/* Unknown is not none: without a sample whoever watches it hears that it is absent. */
	if (!board_checks(s->board, c->asset->index, &n, NULL))
		return -1;
	return (double)(n.outcome[OUTCOME_FAIL] + n.outcome[OUTCOME_ERROR]);
}

/* A value below zero is none. */
static const struct {
	const char *name, *help;
	double (*value)(const struct service *s, const struct card *c);
} of_asset[] = {
	{"weir_asset_last_materialization_timestamp_seconds", "When the asset was last produced.", produced},
	{"weir_asset_next_deadline_timestamp_seconds", "When its freshness changes for the worse.", deadline},
	{"weir_asset_late", "Is its freshness `fail`?", late},
	{"weir_asset_stale", "Is it older than what it is made from?", stale},
	{"weir_asset_bad_checks", "Checks that failed or could not be evaluated, by their last verdicts.",
         bad_checks},
};

static void
put_assets(const struct service *s, struct buf *b)
{
	const struct catalog *c = s->project->catalog;
	int64_t fresh[5] = {0}, nstale = 0;

	for (uint32_t i = 0; i < c->nasset; i++) {
		const struct card *card = board_card(s->board, i);

		fresh[card->brief->fresh]++;
		nstale += card->brief->stale == STALE_STALE;
	}
	head(b, "weir_assets", "gauge", "Assets of the catalog by freshness.");
	for (size_t i = 0; i < LEN(fresh); i++)
		buf_printf(b, "weir_assets{freshness=\"%s\"} %lld\n", fresh_status_names[i],
		           (long long)fresh[i]);
	gauge(b, "weir_assets_stale", "Assets that are older than what they are made from.", (double)nstale);
	gauge(b, "weir_metrics_by_asset", "Are there metrics of each asset, or are these too many?",
	      c->nasset <= ASSETS_MAX);
	for (size_t k = 0; c->nasset <= ASSETS_MAX && k < LEN(of_asset); k++) {
		head(b, of_asset[k].name, "gauge", of_asset[k].help);
		for (uint32_t i = 0; i < c->nasset; i++) {
			double v = of_asset[k].value(s, board_card(s->board, i));

			if (v < 0)
				continue;
			buf_printf(b, "%s{asset=\"", of_asset[k].name);
			put_label(b, c->asset[i].key);
			buf_printf(b, "\"} %.17g\n", v);
		}
	}
}

static void
metrics_read(struct service *s, struct request *q)
{
	AUTO(buf) b = buf_new(TEXT_MAX);
	struct err err = {0};

	put_process(s, b);
	put_meters(s, b);
	put_assets(s, b);
	if (put_store(s, q->a, b, &err) && buf_check(b, "the metrics", &err))
		request_answer(q, 200, "text/plain; version=0.0.4; charset=utf-8", arena_sv(q->a, buf_sv(b)));
	else
		request_problem(q, 0, &err);
}

static const struct route_answer answers[] = {
	{.status = 200, .type = "text/plain", .doc = "Prometheus' text format, version 0.0.4."},
};

const struct route route_metrics = {
	.method = METHOD_GET,
	.path = "/metrics",
	.id = "metrics",
	.scope = SCOPE_READ,
	.summary = "Numbers of the service and of the assets, for Prometheus",
	.answer = answers,
	.nanswer = LEN(answers),
	.read = metrics_read,
};
