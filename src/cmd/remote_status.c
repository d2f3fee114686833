#include "cmd/remote_status.h"

#include "report/report.h"

/* More than any page would show; and a bound for what a service that is none could make us ask. */
enum { RESULTS_MAX_N = 1000000, PAGES_MAX = 10000 };

static bool
put_path(struct buf *path, const char *kind, const char *const *selector, size_t n, struct err *err)
{
	AUTO(buf) lines = buf_new(1 << 20);

	for (size_t i = 0; i < n; i++)
		buf_printf(lines, "%s%s", i > 0 ? "\n" : "", selector[i]);
	buf_printf(path, "/v1/state?kind=%s&limit=1000", kind);
	if (n > 0)
		remote_param(path, "select", buf_sv(lines));
	return buf_check(lines, "the selectors", err) && buf_check(path, "the question", err);
}

/* Of what leaves something out nothing would be wrong; and what an asset comes to must follow from what is told of it. */
static bool
is_whole(const char *kind, struct arena *a, const struct report *r)
{
	for (size_t i = 0; i < r->nasset; i++) {
		struct asset_result *one = ARENA_NEW(a, struct asset_result);
		struct report alone = {.asset = one, .nasset = 1};

		*one = r->asset[i];
		if (strcmp(kind, "orphans") != 0 && one->partition.n == 0 &&
		    (!one->has_freshness || !one->has_staleness))
			return false;
		report_summarize(&alone);
		if (one->outcome != r->asset[i].outcome)
			return false;
	}
	return strcmp(r->command, kind) == 0 && r->run_id[0] != '\0';
}

static bool
ask_page(struct remote *r, struct arena *a, const char *kind, struct sv *path, struct report *ret,
         struct err *err)
{
	struct sv json;

	if (!remote_ask(r, a, &(struct remote_call){.method = HTTP_GET, .path = *path}, &json, path, err))
		return false;
	if (!report_read(a, json, ret, err) || !is_whole(kind, a, ret)) {
		err_set(err, ERR_STORE, NOWHERE, "what '" SV_FMT "' answered is no report of `weir %s`",
		        SV_ARG(remote_name(r)), kind);
		return err_hint(err, "The service may be another version of weir: GET /openapi.json tells.");
	}
	return true;
}

bool
remote_state(struct remote *r, struct arena *a, const char *kind, const char *const *selector, size_t n,
             struct report *ret, struct err *err)
{
	AUTO(buf) first = buf_new((size_t)4 << 20);
	LIST(struct asset_result) all = {0};
	struct sv path;

	if (!put_path(first, kind, selector, n, err))
		return false;
	path = buf_sv(first);
	for (int pages = 0; path.n > 0; pages++) {
		struct report page;

		if (!ask_page(r, a, kind, &path, &page, err))
			return false;
		for (size_t i = 0; i < page.nasset; i++)
			*LIST_ADD(a, &all) = page.asset[i];
		if (pages == 0)
			*ret = page;
		if (all.n > RESULTS_MAX_N || pages == PAGES_MAX)
			return err_set(err, ERR_LIMIT, NOWHERE, "the state of all that is too long");
	}
	ret->asset = all.v;
	ret->nasset = all.n;
	ret->has_orphans = strcmp(kind, "orphans") == 0;
	if (all.n == 0 && !ret->has_orphans)
		return err_set(err, ERR_NOTHING, NOWHERE, "nothing is selected");
	ret->last_known = strcmp(kind, "status") == 0;
	report_summarize(ret);
	return true;
}
