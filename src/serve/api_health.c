/* Whether the service lives, and whether it can be relied on. */
#include "serve/request.h"
#include "serve/routes.h"
#include "serve/schemas.h"
#include "serve/service.h"

static const char *const health_words[] = {"ok", "ready"};
static const struct body_field health_fields[] = {
	{"status", BODY_CHOICE, .doc = "All is well.", .names = health_words, .nnames = LEN(health_words)},
	{"catalog_loaded_at", BODY_TIME, .optional = true,
         .doc = "With `catalog_trouble`: when the catalog in use was loaded."},
	{"catalog_trouble", BODY_TEXT, .optional = true,
         .doc = "Why the last reload was not taken: an older catalog is in use. The log says more."},
};
const struct body_schema body_health = {
	.name = "Health",
	.doc = "The service is well.",
	.field = health_fields,
	.nfield = LEN(health_fields),
};

static bool
healthz(struct service *s UNUSED, struct request *q)
{
	request_json(q, 200, SV("{\"status\":\"ok\"}\n"));
	return true;
}

static const struct route_answer healthz_answers[] = {
	{200, "Health", NULL, "The process lives and answers."},
};

const struct route route_healthz = {
	.method = METHOD_GET,
	.path = "/healthz",
	.id = "health",
	.summary = "Does the process live?",
	.answer = healthz_answers,
	.nanswer = LEN(healthz_answers),
	.quick = healthz,
};

static bool
not_ready(struct service *s, struct request *q)
{
	if (s->ready)
		return false;
	request_add_header(q, "Retry-After", SV("1"));
	request_refuse(
		q, 503,
		"the service is not ready: it is starting, late, about to stop, or cannot write its state");
	return true;
}

/* By the keeper: one that hangs does not answer, and that is what is asked. */
static void
readyz(struct service *s, struct request *q)
{
	struct json_writer *j;

	if (s->reload_trouble[0] == '\0') {
		request_json(q, 200, SV("{\"status\":\"ready\"}\n"));
		return;
	}
	j = request_write(q);
	json_object(j);
	json_put_str(j, "status", "ready");
	json_put_time(j, "catalog_loaded_at", s->project->loaded_us);
	json_put_str(j, "catalog_trouble", s->reload_trouble);
	json_object_end(j);
	request_wrote(q, 200);
}

static const struct route_answer readyz_answers[] = {
	{200, "Health", NULL,
         "State and catalog are loaded, the state can be written, and the keeper is in time."},
};

const struct route route_readyz = {
	.method = METHOD_GET,
	.path = "/readyz",
	.id = "ready",
	.summary = "Can it be relied on?",
	.answer = readyz_answers,
	.nanswer = LEN(readyz_answers),
	.quick = not_ready,
	.read = readyz,
};
