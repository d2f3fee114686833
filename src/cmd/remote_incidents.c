#include "cmd/remote_incidents.h"

#include "report/reader.h"

/* A list of the answer, as it stands there. */
struct read_list {
	struct sv incidents, mutes;
};

static const struct member list_members[] = {
	{"incidents", MEMBER_RAW, AT(read_list, incidents)},
	{"mutes", MEMBER_RAW, AT(read_list, mutes)},
};

static bool
ask_list(struct remote *r, struct arena *a, struct sv path, struct read_list *ret, struct sv *next,
         struct err *err)
{
	struct json_reader reader = {.a = a, .err = err, .what = "the list"};
	struct sv json;

	*ret = (struct read_list){.incidents = {0}};
	if (!remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = path}, &json, next, err))
		return false;
	json_scan_init(&reader.s, json);
	return reader_object(&reader, MEMBERS(list_members), ret, json_next(&reader.s)) &&
	       (ret->incidents.n + ret->mutes.n > 0 || reader_fail(&reader, "it is not there"));
}

bool
remote_incidents(struct remote *r, struct arena *a, bool all, int64_t max, struct incident_view **ret,
                 size_t *n, struct err *err)
{
	AUTO(buf) first = buf_new(1 << 12);
	const int64_t now_us = clock_now_us(&clock_system);
	LIST(struct incident_view) list = {0};
	struct sv path;

	buf_printf(first, "/v1/incidents?limit=%lld&state=%s", (long long)MAX(MIN(max, 1000), 1),
	           all ? "all" : "open");
	for (path = buf_sv(first); path.n > 0 && (int64_t)list.n < max;) {
		struct incident_view *v;
		struct read_list x;
		size_t got;

		if (!ask_list(r, a, path, &x, &path, err) ||
		    !report_read_incident_list(a, x.incidents, now_us, &v, &got, err))
			return false;
		for (size_t i = 0; i < got && (int64_t)list.n < max; i++)
			*LIST_ADD(a, &list) = v[i];
		/* Pages without end would not bring anything new. */
		if (got == 0)
			break;
	}
	*ret = list.v;
	*n = list.n;
	return true;
}

static bool
read_page(struct json_reader *r, void *base, enum json_event e)
{
	return report_read_symptoms(r, base, e);
}

static const struct member page_members[] = {{"symptoms", MEMBER_OTHER, .read = read_page}};

/* In place of the first ones, page by page. */
static bool
read_symptoms(struct remote *r, struct arena *a, struct sv path, struct incident *i, struct err *err)
{
	LIST(struct symptom) list = {0};

	while (path.n > 0) {
		struct json_reader reader = {.a = a, .err = err, .what = "the list"};
		struct incident page = {0};
		struct sv json;

		if (!remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = path}, &json, &path,
		                err))
			return false;
		json_scan_init(&reader.s, json);
		if (!reader_object(&reader, MEMBERS(page_members), &page, json_next(&reader.s)))
			return false;
		for (size_t k = 0; k < page.nsymptom; k++)
			*LIST_ADD(a, &list) = page.symptom[k];
		/* Pages without end would not bring anything new. */
		if (page.nsymptom == 0)
			break;
	}
	i->symptom = list.v;
	i->nsymptom = list.n;
	return true;
}

bool
remote_incident(struct remote *r, struct arena *a, struct sv id, bool all_symptoms, struct incident_view *ret,
                struct err *err)
{
	AUTO(buf) path = buf_new(1 << 16);
	AUTO(buf) symptoms = buf_new(1 << 16);
	struct incident *i;
	struct sv json;

	buf_puts(path, "/v1/incidents");
	remote_segment(path, id);
	if (!buf_check(path, "the path", err) ||
	    !remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = buf_sv(path)}, &json, NULL,
	                err) ||
	    !report_read_incident(a, json, clock_now_us(&clock_system), ret, err))
		return false;
	if (!all_symptoms || ret->incident->symptoms == 0)
		return true;
	i = ARENA_NEW(a, struct incident);
	*i = *ret->incident;
	ret->incident = i;
	buf_puts(symptoms, "/v1/incidents");
	remote_segment(symptoms, i->id);
	buf_puts(symptoms, "/symptoms?limit=1000");
	return buf_check(symptoms, "the path", err) && read_symptoms(r, a, buf_sv(symptoms), i, err);
}

bool
remote_incident_change(struct remote *r, struct arena *a, const char *verb, struct sv id, const char *key,
                       struct sv value, struct err *err)
{
	AUTO(buf) path = buf_new(1 << 16);
	AUTO(buf) body = buf_new(1 << 16);
	struct incident_view stands;
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
		       &json, NULL, err) &&
	       report_read_incident(a, json, clock_now_us(&clock_system), &stands, err);
}

/* Mutes ----------------------------------------------------------------------------------------------------------- */

bool
remote_mutes(struct remote *r, struct arena *a, bool all, struct mute **ret, size_t *n, struct err *err)
{
	struct read_list x;

	return ask_list(r, a, all ? SV("/v1/mutes?all=1") : SV("/v1/mutes"), &x, NULL, err) &&
	       report_read_mutes(a, x.mutes, ret, n, err);
}

bool
remote_mute(struct remote *r, struct arena *a, const struct sv *match, size_t nmatch, struct sv lasts,
            struct sv reason, struct mute *ret, struct err *err)
{
	AUTO(buf) body = buf_new(1 << 20);
	struct json_writer j;
	struct sv json;

	json_write_init(&j, body, 0);
	json_object(&j);
	json_key(&j, "match");
	json_array(&j);
	for (size_t i = 0; i < nmatch; i++)
		json_sv(&j, match[i]);
	json_array_end(&j);
	json_put_sv(&j, "for", lasts);
	json_put_sv(&j, "reason", reason);
	json_object_end(&j);
	return buf_check(body, "the mute", err) &&
	       remote_ask(r, a,
	                  &(struct remote_call){
				  .method = HTTP_POST, .path = SV("/v1/mutes"), .body = buf_sv(body)},
	                  &json, NULL, err) &&
	       report_read_mute(a, json, ret, err);
}

bool
remote_unmute(struct remote *r, struct arena *a, struct sv id, struct err *err)
{
	AUTO(buf) path = buf_new(1 << 16);
	struct sv none;

	buf_puts(path, "/v1/mutes");
	remote_segment(path, id);
	return buf_check(path, "the path", err) &&
	       remote_ask(r, a,
	                  &(struct remote_call){.method = HTTP_DELETE, .path = buf_sv(path), .bare = true},
	                  &none, NULL, err);
}
