#include "cmd/remote_incidents.h"

#include "report/reader.h"

struct read_list {
	struct sv raw;
	LIST(struct remote_incident) incident;
};

static const struct member incident_members[] = {
	{"id", MEMBER_TEXT, AT(remote_incident, id)},
	{"state", MEMBER_TEXT, AT(remote_incident, state)},
	{"severity", MEMBER_TEXT, AT(remote_incident, severity)},
	{"title", MEMBER_TEXT, AT(remote_incident, title)},
	{"opened_at", MEMBER_TIME, AT(remote_incident, opened_us)},
};

static const struct member list_members[] = {
	{"incidents", MEMBER_RAW, AT(read_list, raw)},
};

static bool
read_list(struct arena *a, struct sv json, struct read_list *x, struct err *err)
{
	struct json_reader reader = {.a = a, .err = err, .what = "the list of incidents"};

	json_scan_init(&reader.s, json);
	if (!reader_object(&reader, MEMBERS(list_members), x, json_next(&reader.s)))
		return false;
	if (x->raw.n == 0)
		return reader_fail(&reader, "it is not there");
	json_scan_init(&reader.s, x->raw);
	return READ_LIST(&reader, json_next(&reader.s), &x->incident, MEMBERS(incident_members),
	                 ((struct remote_incident){.opened_us = TIME_NONE}));
}

bool
remote_incidents(struct remote *r, struct arena *a, bool all, int64_t max, struct remote_incident **ret,
                 size_t *n, struct sv *json, struct err *err)
{
	AUTO(buf) path = buf_new(1 << 12);
	struct read_list x = {.raw = {0}};
	struct sv answer;

	buf_printf(path, "/v1/incidents?limit=%lld&state=%s", (long long)MAX(MIN(max, 1000), 1),
	           all ? "all" : "open");
	if (!remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = buf_sv(path)}, &answer, NULL,
	                err) ||
	    !read_list(a, answer, &x, err))
		return false;
	*ret = x.incident.v;
	*n = x.incident.n;
	*json = x.raw;
	return true;
}

bool
remote_incident_change(struct remote *r, struct arena *a, const char *verb, struct sv id, const char *key,
                       struct sv value, struct err *err)
{
	AUTO(buf) path = buf_new(1 << 16);
	AUTO(buf) body = buf_new(1 << 16);
	struct json_writer j;
	struct sv json;

	buf_puts(path, "/v1/incidents");
	remote_segment(path, id);
	buf_printf(path, "/%s", verb);
	json_write_init(&j, body, 0);
	json_object(&j);
	if (value.n > 0)
		json_put_sv(&j, key, value);
	json_object_end(&j);
	return buf_check(path, "the path", err) && buf_check(body, "the change", err) &&
	       remote_ask(
		       r, a,
		       &(struct remote_call){.method = HTTP_POST, .path = buf_sv(path), .body = buf_sv(body)},
		       &json, NULL, err);
}
