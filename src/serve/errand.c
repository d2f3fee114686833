#include "serve/errand.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/pool.h"
#include "report/reader.h"
#include "run/kept_files.h"
#include "serve/past_json.h"
#include "serve/places.h"
#include "serve/results.h"
#include "serve/sandbox.h"

enum { ORDER_MAX = 64 << 20, FOLDER_BYTES_MAX = 1 << 30 };

struct errand_fact {
	struct sv asset, partition, version;
	int64_t at_us;
};

struct errand {
	struct arena *a;
	const struct project *project;
	bool check; /* else looks only */
	struct sv id;
	const struct asset **asset;
	struct err *refused; /* by asset: why it may not be read */
	size_t nasset;
	struct sv partition;
	const struct sv *glob;
	size_t nglob;
	struct errand_fact *fact;
	size_t nfact;
	struct past_copy past;
	bool has_past;
	int64_t now_us; /* TIME_NONE = as the system says */
	int64_t cpu_s, memory_bytes, threads;
	struct sv kept; /* folder of what is kept of the parts of files; empty = nothing is */
	bool last;      /* never again: an error is an answer */
	struct places places;
};

/*
 * Orders
 * ----------------------------------------------------------------------------------------------------------
 */

struct order {
	struct errand e;
	struct sv kind;
	const struct sv *key, *place; /* place: of each, in the catalog in use (asset_place) */
	size_t nkey, nplace;
};

static const struct member fact_members[] = {
	{"asset", MEMBER_TEXT, AT(errand_fact, asset)},
	{"partition", MEMBER_TEXT, AT(errand_fact, partition)},
	{"version", MEMBER_TEXT, AT(errand_fact, version)},
	{"at", MEMBER_TIME, AT(errand_fact, at_us)},
};

static bool
read_facts(struct json_reader *r, void *base, enum json_event e)
{
	struct order *o = base;
	LIST(struct errand_fact) list = {0};

	if (!READ_LIST(r, e, &list, MEMBERS(fact_members), ((struct errand_fact){.at_us = TIME_NONE})))
		return false;
	o->e.fact = list.v;
	o->e.nfact = list.n;
	return true;
}

static bool
read_assets(struct json_reader *r, void *base, enum json_event e)
{
	struct order *o = base;

	return reader_texts(r, e, &o->key, &o->nkey);
}

static bool
read_places(struct json_reader *r, void *base, enum json_event e)
{
	struct order *o = base;

	return reader_texts(r, e, &o->place, &o->nplace);
}

static bool
read_globs(struct json_reader *r, void *base, enum json_event e)
{
	struct order *o = base;

	return reader_texts(r, e, &o->e.glob, &o->e.nglob);
}

static bool
read_past(struct json_reader *r, void *base, enum json_event e)
{
	struct order *o = base;

	o->e.has_past = true;
	return past_json_read(r, e, &o->e.past);
}

static const struct member order_members[] = {
	{"kind", MEMBER_TEXT, AT(order, kind)},
	{"id", MEMBER_TEXT, AT(order, e.id)},
	{"assets", MEMBER_OTHER, .read = read_assets},
	{"places", MEMBER_OTHER, .read = read_places},
	{"partition", MEMBER_TEXT, AT(order, e.partition)},
	{"checks", MEMBER_OTHER, .read = read_globs},
	{"facts", MEMBER_OTHER, .read = read_facts},
	{"past", MEMBER_OTHER, .read = read_past},
	{"now", MEMBER_TIME, AT(order, e.now_us)},
	{"cpu_s", MEMBER_I64, AT(order, e.cpu_s)},
	{"memory_bytes", MEMBER_I64, AT(order, e.memory_bytes)},
	{"threads", MEMBER_I64, AT(order, e.threads)},
	{"kept", MEMBER_TEXT, AT(order, e.kept)},
	{"last", MEMBER_BOOL, AT(order, e.last)},
};

static bool
read_whole(struct arena *a, int fd, struct sv *ret, struct err *err)
{
	struct stat st;
	size_t n = 0;
	char *p;

	if (fstat(fd, &st) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot read it: %m");
	if (st.st_size > ORDER_MAX)
		return err_set(err, ERR_LIMIT, NOWHERE, "it is too large");
	p = arena_alloc(a, (size_t)st.st_size);
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(fd, p + n, (size_t)st.st_size - n, (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(err, ERR_IO, NOWHERE, "cannot read it: %m");
		n += (size_t)got;
	}
	*ret = (struct sv){p, n};
	return true;
}

/* The catalog may have been written anew since the service took it; what is found by another one is not what was asked for. */
static bool
is_where_it_was(const struct asset *asset, struct sv place, struct err *err)
{
	char here[HASH_HEX];

	asset_place(asset, here);
	if (sv_is(place, here))
		return true;
	return err_set(err, ERR_CATALOG, NOWHERE,
	               "the catalog on disk tells otherwise than the one in use where the data of '" SV_FMT
	               "' is: reload the service",
	               SV_ARG(asset->key));
}

/* Looks for the places that it may read, too.  Nothing is freed: the process ends soon. */
static bool
read_order(const struct project *p, int fd, struct errand *ret, struct err *err)
{
	struct arena *a = arena_new();
	struct order o = {.e = {.a = a, .project = p, .now_us = TIME_NONE, .threads = 1}};
	struct json_reader r = {.a = a, .err = err, .what = "the order"};
	struct sv text;

	if (!read_whole(a, fd, &text, err))
		return false;
	json_scan_init(&r.s, text);
	if (!reader_object(&r, MEMBERS(order_members), &o, json_next(&r.s)))
		return false;
	o.e.check = sv_is(o.kind, "check");
	o.e.asset = ARENA_ARRAY(a, const struct asset *, o.nkey);
	o.e.refused = ARENA_ARRAY(a, struct err, o.nkey);
	for (size_t i = 0; i < o.nkey; i++) {
		const struct asset *asset = catalog_asset(p->catalog, o.key[i]);

		if (asset == NULL)
			return err_set(err, ERR_CATALOG, NOWHERE,
			               "the catalog on disk has no asset '" SV_FMT "' any more",
			               SV_ARG(o.key[i]));
		/* What is refused is told in the place of its result. */
		if (!is_where_it_was(asset, i < o.nplace ? o.place[i] : (struct sv){0}, &o.e.refused[i])) {
			o.e.asset[o.e.nasset++] = asset;
			continue;
		}
		if (!places_of(a, p, asset, o.e.check, &o.e.places, &o.e.refused[i]) &&
		    o.e.refused[i].code == ERR_NONE)
			return err_set(err, ERR_INTERNAL, NOWHERE, "a refusal without a reason");
		o.e.asset[o.e.nasset++] = asset;
	}
	*ret = o.e;
	return true;
}

/*
 * SQLite
 * ----------------------------------------------------------------------------------------------------------
 */

/*
 * A database with a write-ahead log needs two files beside it, which whoever reads makes if nobody has it open.  In the sandbox
 * nothing can be made: so that is done before, and what reads later shares what this connection has.  Only the head of the file is
 * looked at.
 */
static struct sqlite3 *
hold(const char *path)
{
	struct sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA schema_version", NULL, NULL, NULL) != SQLITE_OK) {
		/* What is wrong with it is said by what reads it. */
		(void)sqlite3_close(db);
		return NULL;
	}
	return db;
}

/*
 * The work
 * --------------------------------------------------------------------------------------------------------
 */

static bool
send_document(int fd, struct sv json)
{
	char head[32];

	snprintf(head, sizeof(head), "%zu\n", json.n);
	return fs_write_all(fd, sv_of(head)) && fs_write_all(fd, json);
}

static bool
send_trouble(int fd, const struct err *err)
{
	AUTO(buf) text = buf_new(4096);
	struct json_writer w;

	json_write_init(&w, text, 0);
	json_object(&w);
	json_put_str(&w, "trouble", err->msg);
	json_put_str(&w, "trouble_code", err_code_name(err->code));
	json_put_str(&w, "trouble_hint", err->hint);
	json_object_end(&w);
	return send_document(fd, buf_sv(text));
}

static bool
seed(const struct errand *e, struct store *s, struct err *err)
{
	for (size_t i = 0; i < e->nfact; i++) {
		struct event event = {
			.kind = EVENT_MATERIALIZED,
			.asset = e->fact[i].asset,
			.partition = e->fact[i].partition,
			.version = e->fact[i].version,
			.at_us = e->fact[i].at_us,
			.updated_us = TIME_NONE,
			.data_through_us = TIME_NONE,
			.rows = -1,
			.reporter = SV("order"),
		};

		if (!store_add_event(s, &event, err))
			return false;
	}
	return true;
}

/* Files that were replaced while they were read could not be opened anew: with new rules they can. */
static bool
must_begin_again(const struct errand *e, const struct report *r)
{
	for (size_t i = 0; i < r->nasset && e->places.singly && !e->last; i++) {
		if (r->asset[i].err.code == ERR_IO || r->asset[i].err.code == ERR_CHANGED)
			return true;
		for (size_t k = 0; k < r->asset[i].ncheck; k++)
			if (r->asset[i].check[k].verdict.err.code == ERR_IO)
				return true;
	}
	return false;
}

static void
look_at(struct workspace *w, const struct asset *asset, const struct err *refused, struct look *ret)
{
	*ret = (struct look){.asset = asset, .looked_us = TIME_NONE};
	if (refused->code == ERR_NONE) {
		run_observe(w, asset, true, &ret->seen);
		return;
	}
	ret->seen = OBSERVED_NOTHING;
	ret->seen.failed = true;
	ret->seen.err = *refused;
}

/* First the checks, then a look at what lies there: what came in between is newer than what was judged, and known as such. */
static bool
check(const struct errand *e, struct workspace *w, int fd, struct err *err)
{
	AUTO(buf) text = buf_new(RESULTS_MAX);
	struct checks *only = ARENA_ARRAY(e->a, struct checks, w->catalog->nasset);
	struct run_request r = {.command = "check",
	                        .check = true,
	                        .implicit = true,
	                        .partition = e->partition,
	                        .selection = {.check = e->glob, .ncheck = e->nglob}};
	struct report report;
	struct look look;

	if (e->refused[0].code != ERR_NONE) {
		*err = e->refused[0];
		return false;
	}
	/* The others need no identity, and what these look at lies outside of the sandbox. */
	only[e->asset[0]->index] = w->checks[e->asset[0]->index];
	w->checks = only;
	r.selection.asset = ARENA_ARRAY(e->a, uint64_t, w->catalog->nasset / 64 + 1);
	bit_set(r.selection.asset, e->asset[0]->index);
	w->next_run_id = e->id;
	if (!run_report(w, &r, &report, err))
		return false;
	if (must_begin_again(e, &report))
		_exit(ERRAND_AGAIN);
	look_at(w, e->asset[0], &e->refused[0], &look);
	if (!results_write(&report, &look, 1, text, err))
		return false;
	if (!send_document(fd, buf_sv(text)))
		return err_set(err, ERR_IO, NOWHERE, "cannot hand the result over: %m");
	return true;
}

static bool
probe(const struct errand *e, struct workspace *w, int fd, struct err *err)
{
	for (size_t i = 0; i < e->nasset; i++) {
		AUTO(buf) text = buf_new(RESULTS_MAX);
		struct look look;

		look_at(w, e->asset[i], &e->refused[i], &look);
		if (look.seen.failed && look.seen.err.code == ERR_IO && e->refused[i].code == ERR_NONE &&
		    e->places.singly && !e->last)
			_exit(ERRAND_AGAIN);
		if (!results_write(NULL, &look, 1, text, err))
			return false;
		if (!send_document(fd, buf_sv(text)))
			return err_set(err, ERR_IO, NOWHERE, "cannot hand the result over: %m");
	}
	return true;
}

/* For the one asset that is checked; without it all is read. */
static const char *
own_kept_folder(const struct errand *e)
{
	struct err err = {0};
	const char *folder;

	if (!e->check || e->kept.n == 0 || e->nasset != 1)
		return NULL;
	folder = run_kept_folder(e->a, arena_str(e->a, e->kept), e->asset[0]);
	if (fs_mkdirs(folder, 0700, &err))
		return folder;
	log_warn("nothing of what is read of '" SV_FMT "' is kept: %s", SV_ARG(e->asset[0]->key), err.msg);
	return NULL;
}

static bool
enter(const struct errand *e, const char *folder, const char *kept, struct err *err)
{
	const char *zones = getenv("TZDIR");
	struct places all = e->places;

	*LIST_ADD(e->a, &all.path) = zones != NULL && zones[0] != '\0' ? zones : "/usr/share/zoneinfo";
	for (size_t i = 0; i < e->places.database.n; i++)
		(void)hold(e->places.database.v[i]);
	if (folder != NULL) {
		*LIST_ADD(e->a, &all.writable) = folder;
		sqlite3_temp_directory = sqlite3_mprintf("%s", folder);
		(void)setenv("TMPDIR", folder, 1);
	}
	if (kept != NULL)
		*LIST_ADD(e->a, &all.writable) = kept;
	return sandbox_enter(
		&(struct sandbox){
			.cpu_s = e->cpu_s,
			.memory_bytes = e->memory_bytes,
			.file_bytes = FOLDER_BYTES_MAX,
			.exec = e->places.exec,
			.everywhere = e->places.exec,
			.readable = all.path.v,
			.nreadable = all.path.n,
			.writable = all.writable.v,
			.nwritable = all.writable.n,
		},
		err);
}

static bool
work(const struct errand *e, const char *folder, int fd)
{
	const struct clock clock = e->now_us == TIME_NONE ? clock_system : clock_fixed(e->now_us);
	struct workspace w = {
		.a = e->a,
		.catalog = e->project->catalog,
		.checks = e->project->checks,
		.clock = &clock,
		.format = RESULT_SUMMARY,
		.history_elsewhere = true,
		.past = &e->past,
		.npast = e->has_past,
		.memory_bytes = (size_t)(e->memory_bytes > 0 ? e->memory_bytes / 2 : INT64_C(512) << 20),
	};
	const char *kept = own_kept_folder(e);
	struct err err = {0};
	bool fine;

	if (kept != NULL)
		w.kept_folder = arena_str(e->a, e->kept);
	fine = enter(e, folder, kept, &err) &&
	       store_open(SV(":memory:"), STORE_WRITE, w.catalog->env, &clock, &w.store, &err) &&
	       seed(e, w.store, &err);
	if (fine) {
		w.pool = pool_new((unsigned)MIN(MAX(e->threads, 1), 256));
		fine = e->check ? check(e, &w, fd, &err) : probe(e, &w, fd, &err);
	}
	return fine || send_trouble(fd, &err);
}

bool
errand_do(const struct project *p, const char *folder, int order, int result)
{
	struct errand e = {.a = NULL};
	struct err err = {0};

	return read_order(p, order, &e, &err) ? work(&e, folder, result) : send_trouble(result, &err);
}
