/* GET /v1/service: how the service itself is, for `weir doctor`. */
#include "base/log.h"
#include "config.h"
#include "serve/httpd.h"
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/schemas.h"
#include "serve/service.h"
#include "serve/workshop.h"
#include "store/outbox.h"
#include "store/upkeep.h"

static const struct body_field fields[] = {
	{"version", BODY_TEXT, .doc = "Of weir."},
	{"project", BODY_TEXT, .doc = "The catalog's project."},
	{"environment", BODY_TEXT, .doc = "The catalog's environment."},
	{"state", BODY_TEXT, .doc = "Path of the state database; null for one in memory.", .nullable = true},
	{"address", BODY_TEXT, .doc = "Where it listens."},
	{"loopback", BODY_FLAG, .doc = "Only this machine can connect."},
	{"asks_token", BODY_FLAG, .doc = "It asks for tokens."},
	{"started_at", BODY_TIME, .doc = "When it was started."},
	{"catalog_loaded_at", BODY_TIME, .doc = "When the catalog in use was loaded."},
	{"ready", BODY_FLAG, .doc = "As /readyz says."},
	{"turn_ago_ms", BODY_WHOLE, .doc = "How long ago the keeper began the turn before this one."},
	{"ticks", BODY_WHOLE, .doc = "Turns of the keeper."},
	{"late_ticks", BODY_WHOLE, .doc = "Of these, those that came over a second late."},
	{"inbox", BODY_WHOLE, .doc = "Requests and results that wait for the keeper."},
	{"queued", BODY_WHOLE, .doc = "Checks and looks at data that wait."},
	{"running", BODY_WHOLE, .doc = "Checks and looks at data at work."},
	{"messages", BODY_NUMBERS, .doc = "Messages in the outbox, by state."},
	{"heartbeat", BODY_FLAG, .doc = "The catalog wants one to be sent."},
	{"heartbeat_at", BODY_TIME, .doc = "When one got through last.", .nullable = true},
};
const struct body_schema body_service = {
	.name = "Service",
	.doc = "How the service is.",
	.field = fields,
	.nfield = LEN(fields),
};

static void
put_work(struct json_writer *j, const struct service *s)
{
	json_put_bool(j, "ready", s->ready);
	json_put_i64(j, "turn_ago_ms", (clock_mono_ns() - s->turn_ns) / 1000000);
	json_put_i64(j, "ticks", meter_get(&s->meters, METER_TICKS));
	json_put_i64(j, "late_ticks", meter_get(&s->meters, METER_LATE_TICKS));
	json_put_i64(j, "inbox", inbox_depth(s->inbox));
	json_put_i64(j, "queued", workshop_queued(s->workshop));
	json_put_i64(j, "running", workshop_running(s->workshop));
}

static void
service_read(struct service *s, struct request *q)
{
	const struct catalog *c = s->project->catalog;
	struct store_info info;
	int64_t messages[3];
	struct json_writer *j;
	struct err err = {0};

	if (!store_count_messages(s->store, messages, &err) || !store_describe(s->store, q->a, &info, &err)) {
		request_problem(q, 0, &err);
		return;
	}
	j = request_write(q);
	json_object(j);
	json_put_str(j, "version", PACKAGE_VERSION);
	json_put_sv(j, "project", c->project);
	json_put_sv(j, "environment", c->env);
	json_put_str(j, "state", info.path);
	json_put_str(j, "address", httpd_address(s->httpd));
	json_put_bool(j, "loopback", httpd_is_local(s->httpd));
	json_put_bool(j, "asks_token", httpd_asks_token(s->httpd));
	json_put_time(j, "started_at", s->started_us);
	json_put_time(j, "catalog_loaded_at", s->project->loaded_us);
	put_work(j, s);
	json_key(j, "messages");
	json_object(j);
	for (size_t i = 0; i < LEN(messages); i++)
		json_put_i64(j, message_state_names[i], messages[i]);
	json_object_end(j);
	json_put_bool(j, "heartbeat", c->service.heartbeat.url != NULL);
	json_put_time(j, "heartbeat_at", s->heartbeat_us > 0 ? s->heartbeat_us : TIME_NONE);
	json_object_end(j);
	request_wrote(q, 200);
}

static const struct route_answer answers[] = {
	{.status = 200, .schema = "Service", .doc = "As of now."},
};

const struct route route_service = {
	.method = METHOD_GET,
	.path = "/v1/service",
	.id = "getService",
	.scope = SCOPE_READ,
	.summary = "Tells how the service itself is",
	.answer = answers,
	.nanswer = LEN(answers),
	.read = service_read,
};
