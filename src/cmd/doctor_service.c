/* weir doctor: the service that works with this state, or one elsewhere. */
#include "base/duration.h"
#include "cmd/doctor.h"
#include "cmd/remote.h"
#include "config.h"
#include "report/reader.h"
#include "store/handover.h"

enum { TURN_LATE_MS = 5000, INBOX_MANY = 1000, QUEUED_MANY = 1000 };
/* Heartbeats come every minute or so; after this long one is missed. */
#define HEARTBEAT_OLD_US (15 * US_PER_MIN)

struct told {
	struct sv version, env, state, address, messages;
	bool loopback, asks_token, ready, heartbeat;
	int64_t turn_ago_ms, ticks, late_ticks, inbox, queued, running, dead, pending, heartbeat_us,
		started_us;
};

static const struct member message_members[] = {
	{"pending", MEMBER_I64, AT(told, pending)},
	{"dead", MEMBER_I64, AT(told, dead)},
};

static bool
read_messages(struct json_reader *r, void *base, enum json_event e)
{
	return reader_object(r, MEMBERS(message_members), base, e);
}

static const struct member told_members[] = {
	{"version", MEMBER_TEXT, AT(told, version)},
	{"environment", MEMBER_TEXT, AT(told, env)},
	{"state", MEMBER_TEXT, AT(told, state)},
	{"address", MEMBER_TEXT, AT(told, address)},
	{"loopback", MEMBER_BOOL, AT(told, loopback)},
	{"asks_token", MEMBER_BOOL, AT(told, asks_token)},
	{"started_at", MEMBER_TIME, AT(told, started_us)},
	{"ready", MEMBER_BOOL, AT(told, ready)},
	{"turn_ago_ms", MEMBER_I64, AT(told, turn_ago_ms)},
	{"ticks", MEMBER_I64, AT(told, ticks)},
	{"late_ticks", MEMBER_I64, AT(told, late_ticks)},
	{"inbox", MEMBER_I64, AT(told, inbox)},
	{"queued", MEMBER_I64, AT(told, queued)},
	{"running", MEMBER_I64, AT(told, running)},
	{"messages", MEMBER_OTHER, .read = read_messages},
	{"heartbeat", MEMBER_BOOL, AT(told, heartbeat)},
	{"heartbeat_at", MEMBER_TIME, AT(told, heartbeat_us)},
};

static bool
ask(struct remote *service, struct arena *a, struct told *ret, struct err *err)
{
	const struct remote_call c = {.method = HTTP_GET, .path = SV("/v1/service"), .once = true};
	struct json_reader reader = {.a = a, .err = err, .what = "the state of the service"};
	struct sv json;

	*ret = (struct told){.heartbeat_us = TIME_NONE, .started_us = TIME_NONE};
	if (!remote_ask(service, a, &c, &json, NULL, err))
		return false;
	json_scan_init(&reader.s, json);
	return reader_object(&reader, MEMBERS(told_members), ret, json_next(&reader.s)) &&
	       (ret->version.n > 0 || reader_fail(&reader, "it does not say its version"));
}

/* What was told ------------------------------------------------------------------------------------------------- */

static void
remark_version(struct remarks *r, const struct told *t)
{
	const bool same = sv_is(t->version, PACKAGE_VERSION);

	remark(r, same ? REMARK_OK : REMARK_WARN, "service", "version " SV_FMT "%s, environment " SV_FMT,
	       SV_ARG(t->version), same ? " as this one" : ", this is " PACKAGE_VERSION, SV_ARG(t->env));
	if (!same)
		remark_remedy(r,
		              "Start the service anew after an update, and update the machines that ask it.");
}

static void
remark_turns(struct remarks *r, const struct told *t)
{
	const bool hangs = !t->ready || t->turn_ago_ms > TURN_LATE_MS;

	remark(r,
	       hangs               ? REMARK_FAIL
	       : t->late_ticks > 0 ? REMARK_WARN
	                           : REMARK_OK,
	       "service in time", "%s; its last turn was %lld ms ago; %lld of %lld turns were late",
	       t->ready ? "ready" : "not ready", (long long)t->turn_ago_ms, (long long)t->late_ticks,
	       (long long)t->ticks);
	if (hangs)
		remark_remedy(
			r,
			"Its log says why: a state that cannot be written, a machine that is overloaded or stands still.");
	else if (t->late_ticks > 0)
		remark_remedy(
			r,
			"Deadlines were noticed late then: its log says when.  Is the machine overloaded?");
}

static void
remark_queues(struct remarks *r, const struct told *t)
{
	const bool many = t->inbox > INBOX_MANY || t->queued > QUEUED_MANY;

	remark(r, many ? REMARK_WARN : REMARK_OK, "service's queues",
	       "%lld requests wait; %lld checks and looks at data wait, %lld are at work",
	       (long long)t->inbox, (long long)t->queued, (long long)t->running);
	if (many)
		remark_remedy(r, "If they grow: allow more at once (service: workers), or check less often.");
	remark(r, t->dead > 0 ? REMARK_WARN : REMARK_OK, "service's alerts", "%lld wait, %lld were given up",
	       (long long)t->pending, (long long)t->dead);
	if (t->dead > 0)
		remark_remedy(
			r,
			"weir alerts list beside the service tells why; weir alerts retry sends them again.");
}

static void
remark_heartbeat(struct remarks *r, const struct told *t, int64_t now_us)
{
	char at[DURATION_MAX];
	bool old;

	if (!t->heartbeat) {
		remark(r, REMARK_OK, "heartbeat", "none is configured: nobody is told if the service stops");
		return;
	}
	old = t->heartbeat_us == TIME_NONE ? t->started_us < now_us - HEARTBEAT_OLD_US
	                                   : t->heartbeat_us < now_us - HEARTBEAT_OLD_US;
	if (t->heartbeat_us == TIME_NONE)
		remark(r, old ? REMARK_FAIL : REMARK_WARN, "heartbeat", "none got through yet");
	else
		remark(r, old ? REMARK_FAIL : REMARK_OK, "heartbeat", "the last got through %s",
		       moment_words(t->heartbeat_us, now_us, at));
	if (old || t->heartbeat_us == TIME_NONE)
		remark_remedy(
			r,
			"Is service: heartbeat: url right, and can it be reached from there?  The log says what it met.");
}

static void
remark_access(struct remarks *r, const struct told *t)
{
	const bool open = !t->loopback && !t->asks_token;

	remark(r, open ? REMARK_FAIL : REMARK_OK, "service's access", "listens at " SV_FMT "%s, %s",
	       SV_ARG(t->address), t->loopback ? " for this machine alone" : "",
	       t->asks_token ? "asks for tokens" : "asks for no token: whoever can connect may use it");
	if (open)
		remark_remedy(r, "service: {require_token: true}, and weir token add.");
}

static void
remark_all(struct remarks *r, const struct told *t)
{
	remark_version(r, t);
	remark_turns(r, t);
	remark_queues(r, t);
	remark_heartbeat(r, t, clock_now_us(&clock_system));
	remark_access(r, t);
}

static void
remark_silent(struct remarks *r, enum remark_level level, const struct err *err)
{
	remark(r, level, "service", "%s", err->msg);
	if (err->hint[0] != '\0')
		remark_remedy(r, "%s", err->hint);
}

void
doctor_service(struct remarks *r, struct remote *service)
{
	struct told t;
	struct err err = {0};

	if (ask(service, r->a, &t, &err))
		remark_all(r, &t);
	else
		remark_silent(r, REMARK_FAIL, &err);
}

/* The one beside the state ---------------------------------------------------------------------------------------- */

/* As a client on this machine calls it; empty where that cannot be told: a port that was free. */
static struct sv
url_of(struct arena *a, struct sv listen)
{
	struct sv text = listen.n > 0 ? listen : SV("127.0.0.1:8484");

	if (sv_starts(text, SV("unix:")))
		return text;
	if (sv_ends(text, SV(":0")))
		return (struct sv){0};
	if (sv_starts(text, SV("0.0.0.0:")))
		text = arena_svf(a, "127.0.0.1:" SV_FMT, SV_ARG(sv_skip(text, 8)));
	else if (sv_starts(text, SV("[::]:")))
		text = arena_svf(a, "[::1]:" SV_FMT, SV_ARG(sv_skip(text, 5)));
	return arena_svf(a, "http://" SV_FMT, SV_ARG(text));
}

void
doctor_local_service(struct options *o, struct remarks *r, const char *state, struct sv listen)
{
	AUTO(remote) service = NULL;
	const struct sv url = url_of(r->a, listen);
	struct told t;
	struct err err = {0};

	if (!handover_answers(state)) {
		remark(r, REMARK_OK, "service", "none works with this state now");
		return;
	}
	remark(r, REMARK_OK, "service", "one works with this state; commands hand their writes to it");
	if (url.n == 0) {
		remark(r, REMARK_OK, "service",
		       "it listens at a port of its own choice: weir doctor --server URL asks it");
		return;
	}
	if (!remote_open_at(o, url, &service, &err) || !ask(service, r->a, &t, &err))
		remark_silent(r, REMARK_WARN, &err);
	else if (!sv_is(t.state, state))
		remark(r, REMARK_WARN, "service",
		       "at " SV_FMT " another one answers, which works with '" SV_FMT "'", SV_ARG(url),
		       SV_ARG(t.state));
	else
		remark_all(r, &t);
}
