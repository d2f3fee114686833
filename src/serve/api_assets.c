/* GET /v1/assets, /v1/assets/{key}, …/partitions; /v1/freshness and /v1/orphans. */
#include "report/report.h"
#include "serve/page.h"
#include "serve/routes.h"
#include "serve/service.h"

/* A prepared answer tells an age in seconds: it may be this old. */
#define STATUS_VALID_US (10 * US_PER_S)

static const struct asset *
find(struct service *s, struct request *q)
{
	const struct asset *asset = service_asset(s, q->arg[0]);

	if (asset == NULL)
		request_refuse(q, 404, "there is no asset '" SV_FMT "'", SV_ARG(q->arg[0]));
	return asset;
}

/* One asset ------------------------------------------------------------------------------------------------------ */

static bool
tell_asset(struct service *s, struct arena *a, const struct asset *asset, struct sv partition, struct buf *b,
           struct err *err)
{
	struct workspace w = service_workspace(s, a);
	const struct card *c = board_card(s->board, asset->index);
	struct asset_result r = {.has_freshness = true, .has_staleness = true};
	struct json_writer j;

	board_tell(s->board, a, asset->index, &r.freshness, &r.staleness);
	if (!run_last_known(&w, asset, partition, c->observed, &r, err))
		return false;
	json_write_init(&j, b, 2);
	report_json_asset(&j, &r);
	buf_putc(b, '\n');
	return buf_check(b, "the answer", err);
}

static bool
asset_quick(struct service *s, struct request *q)
{
	struct prepared *p = board_answer(s->board, BOARD_STATUS, q->arg[0], request_text(q, "partition"),
	                                  clock_now_us(s->clock));

	if (p == NULL)
		return false;
	request_prepared(q, p);
	return true;
}

static void
asset_read(struct service *s, struct request *q)
{
	AUTO(buf) b = buf_new((size_t)64 << 20);
	const struct asset *asset = find(s, q);
	const struct sv partition = request_text(q, "partition");
	const int64_t now_us = clock_now_us(s->clock), next_us = board_next_us(s->board);
	struct err err = {0};
	struct prepared *p;

	if (asset == NULL)
		return;
	if (partition.n > 0 && asset->ndim == 0) {
		request_refuse(q, 400, "asset '" SV_FMT "' has no partitions", SV_ARG(asset->key));
		return;
	}
	if (!tell_asset(s, q->a, asset, partition, b, &err)) {
		request_problem(q, 0, &err);
		return;
	}
	p = prepared_new(200, "application/json", buf_sv(b),
	                 next_us == TIME_NONE ? now_us + STATUS_VALID_US
	                                      : MIN(next_us, now_us + STATUS_VALID_US));
	p->made_us = now_us;
	board_put_answer(s->board, BOARD_STATUS, asset->index, partition, prepared_ref(p));
	request_prepared(q, p);
}

static const struct route_param asset_params[] = {
	{"partition", PARAM_IS_TEXT, NULL, "The verdicts on this partition instead of those on the whole."},
};
static const struct route_answer asset_answers[] = {
	{.status = 200, .schema = "Asset", .doc = "As in `weir status --format json`."},
	{.status = 304, .doc = "It is what If-None-Match names."},
};

const struct route route_asset = {
	.method = METHOD_GET,
	.path = "/v1/assets/{key}",
	.id = "getAsset",
	.scope = SCOPE_READ,
	.summary = "Tells how an asset is: freshness, staleness, last verdicts",
	.doc = "From memory; the age is up to ten seconds old. Slashes in the key are written %2F; an alias will do.",
	.param = asset_params,
	.nparam = LEN(asset_params),
	.answer = asset_answers,
	.nanswer = LEN(asset_answers),
	.quick = asset_quick,
	.read = asset_read,
};

/* Lists ---------------------------------------------------------------------------------------------------------- */

struct filter {
	struct sv prefix, owner, tag;
	int outcome, fresh; /* -1 = any */
	bool stale;
	uint64_t *selected; /* NULL = all */
};

static int
name_in(struct sv text, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sv_is(text, names[i]))
			return (int)i;
	return -1;
}

static bool
has_tag(const struct asset *asset, struct sv want)
{
	struct sv value = want, key = sv_cut(&value, '=');

	for (size_t i = 0; i < asset->ntag; i++)
		if (sv_eq(asset->tag[i].key, key) && (key.n == want.n || sv_eq(asset->tag[i].value, value)))
			return true;
	return false;
}

/* By what costs nothing; the outcome is asked for last. */
static bool
passes(const struct service *s, const struct filter *f, const struct asset *asset)
{
	const struct fresh_brief *b = board_card(s->board, asset->index)->brief;

	return sv_starts(asset->key, f->prefix) &&
	       (f->selected == NULL || bit_get(f->selected, asset->index)) &&
	       (f->owner.n == 0 || sv_in(f->owner, asset->owner, asset->nowner)) &&
	       (f->tag.n == 0 || has_tag(asset, f->tag)) && (f->fresh < 0 || (int)b->fresh == f->fresh) &&
	       (!f->stale || b->stale == STALE_STALE);
}

/* As summary.c rolls up. */
static enum outcome
outcome_of(const struct fresh_brief *b, bool failed, const struct check_counts *n)
{
	static const enum outcome of_fresh[] = {
		[FRESH_PASS] = OUTCOME_PASS,     [FRESH_WARN] = OUTCOME_WARN,    [FRESH_FAIL] = OUTCOME_FAIL,
		[FRESH_UNKNOWN] = OUTCOME_ERROR, [FRESH_NONE] = OUTCOME_SKIPPED,
	};
	enum outcome o = of_fresh[b->fresh];

	if (b->failing)
		o = outcome_worse(o, OUTCOME_FAIL);
	if (failed)
		o = OUTCOME_ERROR;
	for (size_t i = 0; i < LEN(n->outcome); i++)
		if (n->outcome[i] > 0)
			o = outcome_worse(o, (enum outcome)i);
	return o;
}

static void
put_tags(struct json_writer *w, const struct asset *asset)
{
	AUTO(arena) a = arena_new();

	json_key(w, "owners");
	json_array(w);
	for (size_t i = 0; i < asset->nowner; i++)
		json_sv(w, asset->owner[i]);
	json_array_end(w);
	json_key(w, "tags");
	json_array(w);
	for (size_t i = 0; i < asset->ntag; i++)
		json_sv(w, asset->tag[i].value.n == 0
		                   ? asset->tag[i].key
		                   : arena_svf(a, SV_FMT "=" SV_FMT, SV_ARG(asset->tag[i].key),
		                               SV_ARG(asset->tag[i].value)));
	json_array_end(w);
}

static void
put_state(struct service *s, struct json_writer *w, const struct asset *asset, enum outcome outcome,
          const struct check_counts *n)
{
	AUTO(arena) a = arena_new();
	const struct observed *o = board_card(s->board, asset->index)->observed;
	struct asset_result r = {
		.asset = asset,
		.key = asset->key,
		.outcome = outcome,
		.data_version = o->version,
		.has_freshness = true,
		.has_staleness = true,
	};

	board_tell(s->board, a, asset->index, &r.freshness, &r.staleness);
	json_object(w);
	report_json_state(w, &r);
	json_key(w, "checks");
	json_object(w);
	for (size_t i = 0; i < LEN(n->outcome); i++)
		json_put_i64(w, outcome_names[i], n->outcome[i]);
	json_object_end(w);
	put_tags(w, asset);
	json_object_end(w);
}

/* The first asset of the page: false, answered, if the cursor names none. */
static bool
start_at(struct service *s, struct request *q, uint32_t *ret)
{
	const struct asset *asset;
	struct sv cursor;

	*ret = 0;
	if (!page_cursor(q, &cursor))
		return false;
	if (cursor.n == 0)
		return true;
	asset = service_asset(s, cursor);
	if (asset == NULL) {
		request_refuse(q, 400, "the catalog has changed: begin again without a cursor");
		return false;
	}
	*ret = asset->index + 1;
	return true;
}

static void
write_list(struct service *s, struct request *q, const struct filter *f, uint32_t at)
{
	const struct catalog *c = s->project->catalog;
	struct json_writer *w = request_write(q);
	const size_t limit = page_limit(q);
	const struct asset *last = NULL;
	size_t n = 0;

	json_object(w);
	json_key(w, "assets");
	json_array(w);
	for (; at < c->nasset; at++) {
		const struct card *card = board_card(s->board, at);
		struct check_counts counts;
		struct err err = {0};
		enum outcome outcome;

		if (!passes(s, f, card->asset))
			continue;
		if (!board_checks(s->board, at, &counts, &err)) {
			request_problem(q, 0, &err);
			return;
		}
		outcome = outcome_of(card->brief, card->observed->failed, &counts);
		if (f->outcome >= 0 && (int)outcome != f->outcome)
			continue;
		if (n++ == limit)
			break;
		last = card->asset;
		put_state(s, w, card->asset, outcome, &counts);
	}
	json_array_end(w);
	page_next(q, w, n > limit, last != NULL ? last->key : (struct sv){0});
	json_object_end(w);
	request_wrote(q, 200);
}

static void
assets_read(struct service *s, struct request *q)
{
	struct filter f = {
		.prefix = request_text(q, "prefix"),
		.owner = request_text(q, "owner"),
		.tag = request_text(q, "tag"),
		.outcome = name_in(request_text(q, "outcome"), outcome_names, LEN(outcome_names)),
		.fresh = name_in(request_text(q, "fresh"), fresh_status_names, LEN(fresh_status_names)),
		.stale = request_flag(q, "stale"),
	};
	struct selection selection;
	struct err err = {0};
	uint32_t at;

	if (request_has(q, "select")) {
		const char *text = arena_str(q->a, request_text(q, "select"));

		if (!selection_make(q->a, s->project->catalog, &text, 1, &selection, &err)) {
			request_problem(q, 400, &err);
			return;
		}
		f.selected = selection.asset;
	}
	if (start_at(s, q, &at))
		write_list(s, q, &f, at);
}

static const char *const outcome_choices[] = {"pass", "warn", "fail", "error", "skipped", NULL};
static const char *const fresh_choices[] = {"pass", "warn", "fail", "unknown", "none", NULL};
static const struct route_param assets_params[] = {
	PAGE_PARAM_CURSOR,
	{"fresh", PARAM_IS_ENUM, fresh_choices, "With this freshness."},
	PAGE_PARAM_LIMIT,
	{"outcome", PARAM_IS_ENUM, outcome_choices, "With this outcome of all that is known."},
	{"owner", PARAM_IS_TEXT, NULL, "Of this owner."},
	{"prefix", PARAM_IS_TEXT, NULL, "Whose keys begin so."},
	{"select", PARAM_IS_TEXT, NULL,
         "A selector, as the command line takes them: `+marts/x`, `tag:gold`."},
	{"stale", PARAM_IS_FLAG, NULL, "That are older than their inputs."},
	{"tag", PARAM_IS_TEXT, NULL, "With this tag: NAME, or NAME=VALUE."},
};
static const struct route_answer assets_answers[] = {
	{.status = 200, .schema = "Assets", .doc = "In the order of the catalog."},
};

const struct route route_assets = {
	.method = METHOD_GET,
	.path = "/v1/assets",
	.id = "listAssets",
	.scope = SCOPE_READ,
	.summary = "Lists the assets with their state",
	.param = assets_params,
	.nparam = LEN(assets_params),
	.answer = assets_answers,
	.nanswer = LEN(assets_answers),
	.read = assets_read,
};

/* Partitions ----------------------------------------------------------------------------------------------------- */

static void
list_partitions(struct service *s, struct request *q)
{
	const struct asset *asset = find(s, q);
	const size_t limit = page_limit(q);
	const struct observed *o;
	struct freshness f;
	struct json_writer *w;
	struct sv after;
	size_t at = 0, end;

	if (asset == NULL || !page_cursor(q, &after))
		return;
	o = board_card(s->board, asset->index)->observed;
	board_tell(s->board, q->a, asset->index, &f, NULL);
	while (after.n > 0 && at < o->npartition && sv_cmp(o->partition[at].key, after) <= 0)
		at++;
	end = MIN(at + limit, o->npartition);
	w = request_write(q);
	json_object(w);
	json_put_sv(w, "asset", asset->key);
	json_key(w, "partitions");
	json_array(w);
	for (; at < end; at++) {
		json_object(w);
		json_put_sv(w, "partition", o->partition[at].key);
		json_put_time(w, "produced_at", o->partition[at].produced_us);
		json_put_sv(w, "data_version", o->partition[at].version);
		json_object_end(w);
	}
	json_array_end(w);
	json_key(w, "missing");
	json_array(w);
	for (size_t i = 0; i < f.nmissing; i++)
		json_sv(w, f.missing[i]);
	json_array_end(w);
	json_put_i64(w, "missing_count", f.missing_total);
	page_next(q, w, end<o->npartition, end> 0 ? o->partition[end - 1].key : (struct sv){0});
	json_object_end(w);
	request_wrote(q, 200);
}

static const struct route_param page_params[] = {PAGE_PARAM_CURSOR, PAGE_PARAM_LIMIT};
static const struct route_answer partitions_answers[] = {
	{.status = 200, .schema = "Partitions", .doc = "By key."},
};

const struct route route_partitions = {
	.method = METHOD_GET,
	.path = "/v1/assets/{key}/partitions",
	.id = "listPartitions",
	.scope = SCOPE_READ,
	.summary = "Lists the partitions that are there, and those that are due and missing",
	.param = page_params,
	.nparam = LEN(page_params),
	.answer = partitions_answers,
	.nanswer = LEN(partitions_answers),
	.read = list_partitions,
};

/* Reports -------------------------------------------------------------------------------------------------------- */

static void
put_fresh_counts(struct service *s, struct json_writer *w)
{
	int64_t fresh[LEN(fresh_status_names)] = {0}, stale = 0;

	for (uint32_t i = 0; i < s->project->catalog->nasset; i++) {
		const struct fresh_brief *b = board_card(s->board, i)->brief;

		fresh[b->fresh]++;
		stale += b->stale == STALE_STALE;
	}
	json_key(w, "fresh");
	json_object(w);
	for (size_t i = 0; i < LEN(fresh); i++)
		json_put_i64(w, fresh_status_names[i], fresh[i]);
	json_object_end(w);
	json_put_i64(w, "stale", stale);
}

static void
freshness_read(struct service *s, struct request *q)
{
	const struct catalog *c = s->project->catalog;
	const int status = name_in(request_text(q, "fresh"), fresh_status_names, LEN(fresh_status_names));
	const size_t limit = page_limit(q);
	const struct asset *last = NULL;
	struct json_writer *w;
	size_t n = 0;
	uint32_t at;

	if (!start_at(s, q, &at))
		return;
	w = request_write(q);
	json_object(w);
	put_fresh_counts(s, w);
	json_key(w, "assets");
	json_array(w);
	for (; at < c->nasset; at++) {
		const struct fresh_brief *b = board_card(s->board, at)->brief;
		const struct asset *asset = &c->asset[at];
		struct check_counts counts;
		struct err err = {0};

		if (status >= 0 ? (int)b->fresh != status : b->fresh == FRESH_NONE && b->stale != STALE_STALE)
			continue;
		if (n++ == limit)
			break;
		last = asset;
		if (!board_checks(s->board, at, &counts, &err)) {
			request_problem(q, 0, &err);
			return;
		}
		put_state(s, w, asset, outcome_of(b, board_card(s->board, at)->observed->failed, &counts),
		          &counts);
	}
	json_array_end(w);
	page_next(q, w, n > limit, last != NULL ? last->key : (struct sv){0});
	json_object_end(w);
	request_wrote(q, 200);
}

static const struct route_param freshness_params[] = {
	PAGE_PARAM_CURSOR,
	{"fresh", PARAM_IS_ENUM, fresh_choices,
         "With this freshness; else all that have a policy, or are stale."},
	PAGE_PARAM_LIMIT,
};
static const struct route_answer freshness_answers[] = {
	{.status = 200, .schema = "Freshness", .doc = "As of now."},
};

const struct route route_freshness = {
	.method = METHOD_GET,
	.path = "/v1/freshness",
	.id = "getFreshness",
	.scope = SCOPE_READ,
	.summary = "Reports what is fresh, late and stale",
	.param = freshness_params,
	.nparam = LEN(freshness_params),
	.answer = freshness_answers,
	.nanswer = LEN(freshness_answers),
	.read = freshness_read,
};

/* Finding these takes a look at all that is stored: the last audit did that. */
static bool
put_untracked(struct service *s, struct request *q, struct json_writer *w, struct err *err)
{
	struct incident *open;
	size_t n;

	if (!store_open_incidents(s->store, q->a, &open, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct orphan o = {
			.kind = ORPHAN_UNTRACKED, .key = open[i].asset, .evidence = open[i].message};

		if (sv_is(open[i].kind, orphan_kind_names[ORPHAN_UNTRACKED]))
			report_json_orphan(w, &o);
	}
	return true;
}

static void
orphans_read(struct service *s, struct request *q)
{
	struct json_writer *w = request_write(q);
	struct orphan *orphan;
	struct err err = {0};
	size_t n;

	board_orphans(s->board, q->a, &orphan, &n);
	json_object(w);
	json_key(w, "orphans");
	json_array(w);
	for (size_t i = 0; i < n; i++)
		report_json_orphan(w, &orphan[i]);
	if (!put_untracked(s, q, w, &err)) {
		request_problem(q, 0, &err);
		return;
	}
	json_array_end(w);
	json_object_end(w);
	request_wrote(q, 200);
}

static const struct route_answer orphans_answers[] = {
	{.status = 200, .schema = "Orphans", .doc = "By kind."},
};

const struct route route_orphans = {
	.method = METHOD_GET,
	.path = "/v1/orphans",
	.id = "getOrphans",
	.scope = SCOPE_READ,
	.summary = "Reports what is needed and not made, or made and not needed",
	.doc = "As of now; files that no asset names are those that the last audit found.",
	.answer = orphans_answers,
	.nanswer = LEN(orphans_answers),
	.read = orphans_read,
};
