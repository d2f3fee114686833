#include "cmd/remote_status.h"

#include "base/map.h"
#include "report/reader.h"
#include "report/report.h"

/* More than any page would show; and a bound for what a service that is none could make us ask. */
enum { ASSETS_MAX = 100000, DOCUMENT_MAX_BYTES = 1 << 30 };

struct read_key {
	struct sv key;
};

struct read_page {
	LIST(struct read_key) asset;
	bool has;
};

static const struct member key_members[] = {
	{"key", MEMBER_TEXT, AT(read_key, key)},
};

static bool
read_assets(struct json_reader *r, void *base, enum json_event e)
{
	struct read_page *x = base;

	x->has = true;
	return READ_LIST(r, e, &x->asset, MEMBERS(key_members), ((struct read_key){0}));
}

static const struct member page_members[] = {
	{"assets", MEMBER_OTHER, .read = read_assets},
};

/* Of several selectors, an asset once. */
static bool
list_keys(struct remote *r, struct arena *a, const char *selector, struct map *keys, struct err *err)
{
	AUTO(buf) first = buf_new((size_t)1 << 20);
	struct sv path, json;

	buf_puts(first, "/v1/assets?limit=1000");
	if (selector != NULL)
		remote_param(first, "select", sv_of(selector));
	if (!buf_check(first, "the question", err))
		return false;
	for (path = buf_sv(first); path.n > 0;) {
		struct json_reader reader = {.a = a, .err = err, .what = "the list of assets"};
		struct read_page page = {.has = false};
		const size_t before = keys->n;

		if (!remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = path}, &json, &path,
		                err))
			return false;
		json_scan_init(&reader.s, json);
		if (!reader_object(&reader, MEMBERS(page_members), &page, json_next(&reader.s)))
			return false;
		if (!page.has)
			return reader_fail(&reader, "it is not there");
		for (size_t i = 0; i < page.asset.n; i++)
			(void)map_put(keys, page.asset.v[i].key);
		if (keys->n > ASSETS_MAX)
			return err_set(err, ERR_LIMIT, NOWHERE, "there are over %d assets", ASSETS_MAX);
		/* Pages without end would not bring anything new. */
		if (keys->n == before)
			break;
	}
	return true;
}

static bool
ask_asset(struct remote *r, struct arena *a, struct sv key, struct sv *json, struct err *err)
{
	AUTO(buf) path = buf_new(1 << 16);

	buf_puts(path, "/v1/assets");
	remote_segment(path, key);
	return buf_check(path, "the path", err) &&
	       remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = buf_sv(path)}, json, NULL,
	                  err);
}

/* One asset is read on its own first: what is no object would be something else inside of a larger text. */
static bool
is_asset(struct arena *a, struct sv json, struct sv key)
{
	struct json_reader reader = {.a = a};
	struct read_key read = {.key = {0}};

	json_scan_init(&reader.s, json);
	return reader_object(&reader, MEMBERS(key_members), &read, json_next(&reader.s)) &&
	       json_next(&reader.s) == JSON_END && sv_eq(read.key, key);
}

static bool
put_assets(struct remote *r, struct arena *a, const struct map *keys, struct json_writer *j, struct err *err)
{
	json_key(j, "assets");
	json_array(j);
	for (size_t i = 0; i < keys->n; i++) {
		struct sv json;

		if (!ask_asset(r, a, keys->e[i].key, &json, err))
			return false;
		if (!is_asset(a, json, keys->e[i].key))
			return err_set(err, ERR_STORE, NOWHERE,
			               "what was answered is not the state of '" SV_FMT "'",
			               SV_ARG(keys->e[i].key));
		json_raw(j, json);
	}
	json_array_end(j);
	return true;
}

bool
remote_status(struct remote *r, struct arena *a, const char *const *selector, size_t n, struct report *ret,
              struct err *err)
{
	AUTO(buf) text = buf_new(DOCUMENT_MAX_BYTES);
	struct clock clock = clock_system;
	const int64_t now_us = clock_now_us(&clock);
	struct json_writer j;
	struct map keys;

	map_init(&keys, a);
	for (size_t i = 0; i < MAX(n, (size_t)1); i++)
		if (!list_keys(r, a, n > 0 ? selector[i] : NULL, &keys, err))
			return false;
	if (keys.n == 0)
		return err_set(err, ERR_NOTHING, NOWHERE, "nothing is selected");
	json_write_init(&j, text, 0);
	json_object(&j);
	json_put_str(&j, "command", "status");
	json_put_time(&j, "started_at", now_us);
	json_put_time(&j, "finished_at", now_us);
	if (!put_assets(r, a, &keys, &j, err))
		return false;
	json_object_end(&j);
	if (!buf_check(text, "the state", err) || !report_read(a, arena_sv(a, buf_sv(text)), ret, err))
		return false;
	ret->last_known = true;
	report_summarize(ret);
	return true;
}
