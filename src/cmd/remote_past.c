#include "cmd/remote_past.h"

#include "serve/past_json.h"

static bool
fetch(struct remote *r, struct arena *a, const struct asset *asset, struct sv text, struct past_copy *ret,
      struct err *err)
{
	AUTO(buf) path = buf_new(1 << 16);
	struct json_reader reader = {.a = a, .err = err, .what = "the past of an asset"};
	struct sv json;

	buf_puts(path, "/v1/assets");
	remote_segment(path, asset->key);
	buf_puts(path, "/past");
	if (text.n > 0)
		remote_param(path, "partition", text);
	if (!buf_check(path, "the path", err) ||
	    !remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = buf_sv(path)}, &json, NULL,
	                err))
		return false;
	json_scan_init(&reader.s, json);
	if (!past_json_read(&reader, json_next(&reader.s), ret))
		return false;
	return sv_eq(ret->asset, asset->key) ||
	       err_set(err, ERR_STORE, NOWHERE, "the answer is of something else: of '" SV_FMT "'",
	               SV_ARG(ret->asset));
}

void
remote_past_of(struct remote *r, struct arena *a, const struct asset *asset, struct sv text,
               struct past_copy *ret)
{
	struct err err = {0};

	if (!fetch(r, a, asset, text, ret, &err))
		*ret = (struct past_copy){.asset = asset->key, .err = err};
}

void
remote_past(struct remote *r, struct opened *w, const struct selection *s, struct sv text)
{
	const struct catalog *c = w->w.catalog;
	LIST(struct past_copy) list = {0};

	for (uint32_t i = 0; i < c->nasset; i++)
		if (bit_get(s->asset, i) && past_copy_wanted(w->a, &c->asset[i], &w->w.checks[i]))
			remote_past_of(r, w->a, &c->asset[i], text, LIST_ADD(w->a, &list));
	w->w.past = list.v;
	w->w.npast = list.n;
}
