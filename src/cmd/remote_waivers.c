#include "cmd/remote_waivers.h"

#include "report/reader.h"

struct read_list {
	LIST(struct waiver) waiver;
	bool has;
};

static const struct member waiver_members[] = {
	{"id", MEMBER_TEXT, AT(waiver, id)},
	{"check", MEMBER_TEXT, AT(waiver, check)},
	{"by", MEMBER_TEXT, AT(waiver, who)},
	{"reason", MEMBER_TEXT, AT(waiver, reason)},
	{"from", MEMBER_TIME, AT(waiver, from_us)},
	{"until", MEMBER_TIME, AT(waiver, until_us)},
	{"ended_at", MEMBER_TIME, AT(waiver, ended_us)},
};

static bool
read_waivers(struct json_reader *r, void *base, enum json_event e)
{
	struct read_list *x = base;

	x->has = true;
	return READ_LIST(
		r, e, &x->waiver, MEMBERS(waiver_members),
		((struct waiver){.from_us = TIME_NONE, .until_us = TIME_NONE, .ended_us = TIME_NONE}));
}

static const struct member list_members[] = {
	{"waivers", MEMBER_OTHER, .read = read_waivers},
};

bool
remote_waivers_read(struct arena *a, struct sv json, struct waiver **ret, size_t *n, bool *has,
                    struct err *err)
{
	struct json_reader reader = {.a = a, .err = err, .what = "the list of waivers"};
	struct read_list x = {.has = false};

	json_scan_init(&reader.s, json);
	if (!reader_object(&reader, MEMBERS(list_members), &x, json_next(&reader.s)))
		return false;
	*ret = x.waiver.v;
	*n = x.waiver.n;
	*has = x.has;
	return true;
}

static bool
read_all(struct arena *a, struct sv json, struct waiver **ret, size_t *n, struct err *err)
{
	bool has;

	return remote_waivers_read(a, json, ret, n, &has, err) &&
	       (has || err_set(err, ERR_STORE, NOWHERE, "the list of waivers is not in the answer"));
}

bool
remote_waivers(struct remote *r, struct arena *a, bool in_force, struct waiver **ret, size_t *n,
               struct err *err)
{
	const struct remote_call c = {.method = HTTP_GET,
	                              .path = in_force ? SV("/v1/waivers?in_force=1") : SV("/v1/waivers")};
	struct sv json;

	return remote_ask(r, a, &c, &json, NULL, err) && read_all(a, json, ret, n, err);
}

bool
remote_waive(struct remote *r, struct arena *a, const struct waiver *like, const struct sv *check, size_t n,
             struct err *err)
{
	AUTO(buf) body = buf_new((size_t)4 << 20);
	struct waiver *stored;
	struct json_writer j;
	struct sv json;
	size_t nstored;

	json_write_init(&j, body, 0);
	json_object(&j);
	json_key(&j, "checks");
	json_array(&j);
	for (size_t i = 0; i < n; i++)
		json_sv(&j, check[i]);
	json_array_end(&j);
	json_put_time(&j, "until", like->until_us);
	json_put_sv(&j, "reason", like->reason);
	json_put_sv(&j, "who", like->who);
	json_object_end(&j);
	return buf_check(body, "the waiver", err) &&
	       remote_ask(r, a,
	                  &(struct remote_call){
				  .method = HTTP_POST, .path = SV("/v1/waivers"), .body = buf_sv(body)},
	                  &json, NULL, err) &&
	       read_all(a, json, &stored, &nstored, err) &&
	       (nstored > 0 ||
	        err_set(err, ERR_STORE, NOWHERE, "the answer does not say that anything was waived"));
}

bool
remote_end_waivers(struct remote *r, struct arena *a, struct sv check, struct err *err)
{
	AUTO(buf) path = buf_new(1 << 16);
	struct sv json;

	buf_puts(path, "/v1/waivers");
	remote_segment(path, check);
	return buf_check(path, "the path", err) &&
	       remote_ask(r, a, &(struct remote_call){.method = HTTP_DELETE, .path = buf_sv(path)}, &json,
	                  NULL, err) &&
	       remote_confirms(a, json, "check", check, err);
}
