/* `service:`, what `weir serve` is told, and `schedule:` of an asset, which only means something to it. */
#include "base/fs.h"
#include "base/url.h"
#include "catalog/load.h"

const struct service_decl service_default = {
	.listen = {"127.0.0.1:8484", sizeof("127.0.0.1:8484") - 1},
	.probe_every_us = US_PER_MIN,
	.believe_us = 5 * US_PER_S,
	.limits = {.us = 10 * US_PER_MIN, .memory_bytes = INT64_C(1) << 30, .queue = 10000},
	.heartbeat = {.every_us = US_PER_MIN},
};

/* Workers ------------------------------------------------------------------------------------------------------- */

static void
seconds_load(struct loader *l, void *rec, const struct node *n)
{
	static const struct field f = {.key = "seconds", .kind = FIELD_INT, .min = 1};
	struct service_decl *s = rec;
	int64_t seconds = 0;

	field_load(l, &f, n, &seconds);
	if (seconds > US_PER_DAY / US_PER_S)
		diag_error(l->d, n->loc, "'seconds' can be 86400 at most: no check takes longer than a day");
	else if (seconds > 0)
		s->limits.us = seconds * US_PER_S;
}

static const struct field limits_fields[] = {
	{"seconds", "A check that takes longer is ended, and is an error; default 600.", .kind = FIELD_INT,
         .min = 1, .load = seconds_load},
	{"memory", "Memory that one check may use; default 1GB.", .kind = FIELD_SIZE,
         .min = INT64_C(64) << 20, .at = offsetof(struct service_decl, limits.memory_bytes)},
	{"queue", "Checks that may wait; more are refused.  Default 10000.", .kind = FIELD_INT, .min = 1,
         .at = offsetof(struct service_decl, limits.queue)},
};
static const struct table limits_table = TABLE("limits", limits_fields);

static void
limits_load(struct loader *l, void *rec, const struct node *n)
{
	table_load(l, &limits_table, n, rec);
}

/* The rest ------------------------------------------------------------------------------------------------------ */

/* The value is read when it is used: a secret is never kept in memory longer than that. */
static void
url_load(struct loader *l, void *rec, const struct node *n)
{
	struct service_decl *s = rec;

	if (n->kind == NODE_MAP && node_is_secret(n))
		s->heartbeat.url = n;
	else if (n->kind == NODE_TEXT &&
	         (sv_starts(n->text, SV("https://")) || sv_starts(n->text, SV("http://"))))
		s->heartbeat.url = n;
	else
		diag_error(l->d, n->loc, "'url' must be an http or https URL, {env: NAME} or {file: PATH}");
}

static const struct field heartbeat_fields[] = {
	{"url", "Asked by POST while the service is well: an URL, {env: NAME} or {file: PATH}.",
         .kind = FIELD_ANY, .required = true, .load = url_load},
	{"every", "How often; default 1m.", .kind = FIELD_DURATION, .min = US_PER_S,
         .at = offsetof(struct service_decl, heartbeat.every_us)},
};
static const struct table heartbeat_table = TABLE("heartbeat", heartbeat_fields);

static void
heartbeat_load(struct loader *l, void *rec, const struct node *n)
{
	table_load(l, &heartbeat_table, n, rec);
}

static void
probe_load(struct loader *l, void *rec, const struct node *n)
{
	static const struct field f = {.key = "probe_every", .kind = FIELD_DURATION, .min = US_PER_S};
	struct service_decl *s = rec;

	if (node_is_off(n))
		s->probe_every_us = 0;
	else
		field_load(l, &f, n, &s->probe_every_us);
}

static void
roots_load(struct loader *l, void *rec, const struct node *n)
{
	struct service_decl *s = rec;
	const struct sv *given = NULL;
	size_t ngiven = 0;
	const char **root;

	s->roots_given = true;
	if (!load_texts(l, n, &given, &ngiven))
		return;
	root = ARENA_ARRAY(l->a, const char *, ngiven);
	for (size_t i = 0; i < ngiven; i++) {
		const struct node *item = n->kind == NODE_SEQ ? &n->kid[i] : n;

		root[i] = fs_join(l->a, fs_dirname(l->a, item->loc.file), given[i]);
	}
	s->root = root;
	s->nroot = ngiven;
}

static const struct field service_fields[] = {
	{"listen",
         "Where it listens: ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH; default 127.0.0.1:8484.  On any other "
         "address than loopback tokens are required.",
         .kind = FIELD_TEXT, .at = offsetof(struct service_decl, listen)},
	{"require_token", "Asks for a token on a loopback address, too.", .kind = FIELD_BOOL,
         .at = offsetof(struct service_decl, require_token)},
	{"hosts",
         "Names by which it may be called, beside its address and localhost: any other `Host` is refused.",
         .kind = FIELD_TEXT, .texts = true, .at = offsetof(struct service_decl, host),
         .at_n = offsetof(struct service_decl, nhost)},
	{"access_log", "Writes a line for each request.", .kind = FIELD_BOOL,
         .at = offsetof(struct service_decl, access_log)},
	{"probe_every", "How often the data of each asset is looked at; default 1m.  off: only when asked.",
         .kind = FIELD_DURATION, .off = true, .min = US_PER_S, .load = probe_load},
	{"believe",
         "How old a look at the data may be when a gate is answered; older ones are repeated first.  "
         "Default 5s.",
         .kind = FIELD_DURATION, .at = offsetof(struct service_decl, believe_us)},
	{"workers", "Checks at the same time; default: as many as there are processors.", .kind = FIELD_INT,
         .min = 1, .at = offsetof(struct service_decl, workers)},
	{"limits", "What one check may use.", .kind = FIELD_NONE, .table = &limits_table,
         .load = limits_load},
	{"heartbeat", "Tells another service at intervals that this one is well, so that its end is noticed.",
         .kind = FIELD_NONE, .table = &heartbeat_table, .load = heartbeat_load},
	{"elsewhere", "The machine of the service sees none of the data, as `elsewhere` of a source says.",
         .kind = FIELD_BOOL, .at = offsetof(struct service_decl, elsewhere)},
	{"roots",
         "Folders from which the service may read data, relative to this file; default: the project's folder and those of its sources.",
         .kind = FIELD_TEXT, .texts = true, .load = roots_load},
};
const struct table service_table = TABLE("service", service_fields);

void
service_load(struct loader *l, void *rec, const struct node *n)
{
	struct catalog *c = rec;

	table_load(l, &service_table, n, &c->service);
}

/* Schedules ----------------------------------------------------------------------------------------------------- */

static void
cron_load(struct loader *l, void *rec, const struct node *n)
{
	struct check_schedule *s = rec;
	struct err err = {0};

	if (!cron_parse(n->text, &s->cron, &err)) {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
		return;
	}
	s->cron_text = n->text;
}

static const char *const on_names[] = {"new_version", "never", NULL};
static const struct field schedule_fields[] = {
	{"cron", "Checks at these times, whether or not something is new.", .kind = FIELD_TEXT,
         .load = cron_load},
	{"timezone", "Zone of the schedule; default: the project's.", .kind = FIELD_ZONE,
         .at = offsetof(struct check_schedule, zone)},
	{"catch_up",
         "What was missed while the service was away is checked once when it is back (default true); false: "
         "with the next tick.",
         .kind = FIELD_BOOL, .at = offsetof(struct check_schedule, catch_up)},
	{"on",
         "What else starts its checks: new_version (default; an event or a look at the data brought a "
         "version that was not checked yet) or never.",
         .kind = FIELD_ENUM, .names = on_names, .at = offsetof(struct check_schedule, on)},
};
const struct table schedule_table = TABLE("a schedule", schedule_fields);

void
schedule_load(struct loader *l, void *rec, const struct node *n)
{
	struct asset *as = rec;
	struct check_schedule s = {.zone = l->c->zone, .catch_up = true};

	table_load(l, &schedule_table, n, &s);
	static const char *const of_cron[] = {"timezone", "catch_up"};

	for (size_t i = 0; i < LEN(of_cron) && s.cron_text.n == 0; i++)
		if (node_get(n, of_cron[i]) != NULL)
			diag_error(l->d, node_get(n, of_cron[i])->loc, "'%s' means nothing without 'cron'",
			           of_cron[i]);
	as->schedule = s;
}
