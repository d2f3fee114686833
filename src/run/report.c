/* The whole: observe, check, sum up, store. */
#include "run/internal.h"

#include <stdio.h>
#include <stdlib.h>

struct reporting {
	struct workspace *w;
	const struct run_request *r;
	struct report *rep;
	LIST(struct asset_result) result;
	struct observed *seen; /* by asset index; NULL unless freshness or orphans were asked for */
	struct fresh_report fresh;
};

static bool
selected(const struct reporting *x, const struct asset *asset)
{
	return bit_get(x->r->selection.asset, asset->index);
}

bool
run_check_is(struct sv glob, struct sv asset, const struct check *c)
{
	struct sv local = sv_starts(c->id, asset) && c->id.n > asset.n ? sv_skip(c->id, asset.n + 1) : c->id;

	return sv_glob(glob, c->id) || sv_glob(glob, local) || (c->name.n > 0 && sv_glob(glob, c->name));
}

static bool
check_selected(const struct selection *s, struct sv asset, const struct check *c)
{
	if (s->ncheck == 0)
		return true;
	for (size_t i = 0; i < s->ncheck; i++)
		if (run_check_is(s->check[i], asset, c))
			return true;
	return false;
}

/* The checks of an asset that were selected; *declared counts those that somebody wrote and did not switch off. */
static struct checks
checks_of(const struct reporting *x, const struct asset *asset, size_t *declared)
{
	const struct checks *all = &x->w->checks[asset->index];
	struct checks ret = {.v = ARENA_ARRAY(x->w->a, struct check, all->n)};

	*declared = 0;
	for (size_t i = 0; i < all->n; i++)
		if (check_selected(&x->r->selection, asset->key, &all->v[i])) {
			ret.v[ret.n++] = all->v[i];
			*declared += !all->v[i].implicit && all->v[i].enabled;
		}
	return ret;
}

/* All that was observed, in one transaction: the lock is not held while data is looked at. */
static bool
record_all(struct reporting *x, struct err *err)
{
	if (!store_begin(x->w->store, err))
		return false;
	for (size_t i = 0; i < x->w->catalog->nasset; i++)
		if (!run_record(x->w, &x->w->catalog->asset[i], &x->seen[i], err)) {
			store_rollback(x->w->store);
			return false;
		}
	return store_commit(x->w->store, err);
}

static bool
observe_all(struct reporting *x, struct err *err)
{
	struct workspace *w = x->w;
	struct orphan *untracked = NULL;
	size_t nuntracked = 0;

	x->seen = ARENA_ARRAY(w->a, struct observed, w->catalog->nasset);
	for (size_t i = 0; i < w->catalog->nasset; i++)
		run_observe(w, &w->catalog->asset[i], !x->r->stored, &x->seen[i]);
	if (!x->r->stored && !record_all(x, err))
		return false;
	if (x->r->orphans && !x->r->stored) {
		x->rep->orphans_sure = run_untracked(w, &untracked, &nuntracked);
		for (size_t i = 0; i < w->catalog->nasset; i++)
			x->rep->orphans_sure = x->rep->orphans_sure && !x->seen[i].failed;
	}
	fresh_all(w->a, w->catalog, x->seen, untracked, nuntracked, clock_now_us(w->clock), &x->fresh);
	return true;
}

/* Does a look at it cost no more than asking for file times? */
static bool
is_cheap(const struct asset *asset)
{
	return asset->path.n > 0 &&
	       (asset->updated_from == UPDATED_DEFAULT || asset->updated_from == UPDATED_MTIME) &&
	       (asset->version_from == VERSION_DEFAULT || asset->version_from == VERSION_STAT);
}

/* The checks of a table read it, whichever version it had: so it is there. */
static void
observe_tables(struct reporting *x)
{
	for (size_t i = 0; i < x->result.n; i++) {
		const struct asset_result *r = &x->result.v[i];

		if (r->asset != NULL && r->asset->path.n == 0 && r->asset->ndim == 0 &&
		    r->asset->updated_from == UPDATED_DEFAULT && r->ncheck > 0 && r->err.code == ERR_NONE &&
		    r->data_version.n > 0)
			run_saw(x->w, r->asset, r->data_version, &x->seen[r->asset->index]);
	}
}

/* A run of checks has the files at hand: it keeps what their times say, so that `weir status` knows of them. */
static bool
observe_checked(struct reporting *x, struct err *err)
{
	struct workspace *w = x->w;

	x->seen = ARENA_ARRAY(w->a, struct observed, w->catalog->nasset);
	for (size_t i = 0; i < w->catalog->nasset; i++) {
		const struct asset *asset = &w->catalog->asset[i];

		if (selected(x, asset) && is_cheap(asset))
			run_observe(w, asset, true, &x->seen[i]);
	}
	observe_tables(x);
	return record_all(x, err);
}

static struct asset_result *
add_result(struct reporting *x, const struct asset *asset, struct sv partition)
{
	struct asset_result *r = LIST_ADD(x->w->a, &x->result);

	*r = (struct asset_result){.asset = asset, .key = asset->key, .partition = partition};
	return r;
}

static void
set_freshness(const struct reporting *x, struct asset_result *r)
{
	uint32_t i = r->asset->index;

	r->has_freshness = r->has_staleness = true;
	r->freshness = x->fresh.fresh[i];
	r->staleness = x->fresh.stale[i];
	r->data_version = x->seen[i].version;
	if (x->seen[i].failed)
		r->err = x->seen[i].err;
}

/*
 * With only_new: is each check judged already on what lies there now?  Then the verdicts are told, and nothing is read.  What could not be evaluated
 * is not judged, nor what depends on the clock.
 */
static bool
is_judged(struct reporting *x, const struct asset *asset, const struct partition *p,
          const struct checks *checks, struct asset_result *r)
{
	const struct sv partition = p != NULL ? p->key : (struct sv){0};
	struct check_result *known = ARENA_ARRAY(x->w->a, struct check_result, checks->n);
	struct sv version = {0};

	if (!x->r->only_new || !run_version(x->w, asset, p, &version, NULL) || version.n == 0)
		return false;
	for (size_t i = 0; i < checks->n; i++) {
		const struct check *c = &checks->v[i];
		struct stored_verdict v;
		bool found;

		known[i] = (struct check_result){
			.check = c, .engine = "", .result = SV("{}"), .stored = true, .at_us = TIME_NONE};
		known[i].verdict = run_switched_off;
		if (!c->enabled)
			continue;
		if (check_asks_clock(c) ||
		    !store_verdict(x->w->store, x->w->a, asset->key, partition, version, check_identity(c),
		                   &v, &found, NULL) ||
		    !found || v.outcome == OUTCOME_ERROR)
			return false;
		known[i].verdict = (struct verdict){
			.outcome = v.outcome, .success = v.outcome == OUTCOME_PASS, .message = v.message};
		known[i].result = v.result.n > 0 ? v.result : SV("{}");
		known[i].engine = arena_str(x->w->a, v.engine);
		known[i].duration_ms = v.duration_ms;
		known[i].at_us = v.at_us;
	}
	r->check = known;
	r->ncheck = checks->n;
	r->data_version = version;
	return true;
}

static void
check_one(struct reporting *x, const struct asset *asset, const struct partition *p,
          const struct checks *checks, struct asset_result *r)
{
	struct dataset d;
	struct err err = {0};

	if (is_judged(x, asset, p, checks, r))
		return;
	if (run_dataset(x->w->a, x->w->catalog, asset, p, &d, &err)) {
		run_evaluate(x->w, &d, asset, p, checks, r);
		return;
	}
	run_refuse(x->w, checks, &err, r);
}

static void
check_asset(struct reporting *x, const struct asset *asset, struct asset_result *whole,
            const struct checks *checks)
{
	struct partition *p;
	struct err err = {0};
	size_t n;

	if (asset->ndim == 0) {
		check_one(x, asset, NULL, checks, whole);
		return;
	}
	if (!run_partitions(x->w, asset, x->r->partition, &p, &n, &err)) {
		run_refuse(x->w, checks, &err, whole);
		return;
	}
	if (n == 0) {
		err_set(&err, ERR_NOT_FOUND, asset->data_loc, "no partition of '" SV_FMT "' is there",
		        SV_ARG(asset->key));
		run_refuse(x->w, checks, &err, whole);
		return;
	}
	for (size_t i = 0; i < n; i++)
		check_one(x, asset, &p[i], checks, add_result(x, asset, p[i].key));
}

/* The last known verdicts of one asset or partition, nothing read. */
static bool
stored_checks(struct workspace *w, const struct observed *o, const struct asset *asset, struct sv partition,
              const struct checks *checks, struct asset_result *r, struct err *err)
{
	const struct sv known = observed_version(o, partition);

	r->check = ARENA_ARRAY(w->a, struct check_result, checks->n);
	r->ncheck = checks->n;
	for (size_t i = 0; i < checks->n; i++) {
		const struct check *c = &checks->v[i];
		struct stored_verdict v;
		bool found;

		if (!store_verdict(w->store, w->a, asset->key, partition, (struct sv){0}, check_identity(c),
		                   &v, &found, err))
			return false;
		r->check[i] = (struct check_result){
			.check = c, .engine = "", .result = SV("{}"), .stored = true, .at_us = TIME_NONE};
		if (!c->enabled) {
			r->check[i].verdict = run_switched_off;
			continue;
		}
		if (!found) {
			r->check[i].verdict = (struct verdict){.outcome = OUTCOME_SKIPPED,
			                                       .message = SV("never checked")};
			continue;
		}
		r->check[i].verdict = (struct verdict){
			.outcome = v.outcome,
			.success = v.outcome == OUTCOME_PASS,
			.message = v.message,
		};
		/* A verdict is about its own version, whatever has come since. */
		if (known.n > 0 && v.version.n > 0 && !sv_eq(known, v.version))
			r->check[i].verdict.message = arena_svf(w->a, SV_FMT " (on an earlier version)",
			                                        SV_ARG(v.message));
		r->check[i].result = v.result.n > 0 ? v.result : SV("{}");
		r->check[i].engine = arena_str(w->a, v.engine);
		r->check[i].duration_ms = v.duration_ms;
		r->check[i].at_us = v.at_us;
		r->data_version = v.version;
	}
	return true;
}

static int64_t
newest_verdict(const struct asset_result *r)
{
	int64_t at = TIME_NONE;

	for (size_t i = 0; i < r->ncheck; i++)
		at = MAX(at, r->check[i].at_us);
	return at;
}

bool
run_last_known(struct workspace *w, const struct asset *asset, struct sv partition, const struct observed *o,
               struct asset_result *ret, struct err *err)
{
	struct report rep = {.asset = ret, .nasset = 1};
	bool worth = run_is_stored(asset);

	ret->asset = asset;
	ret->key = asset->key;
	ret->partition = partition;
	ret->data_version = observed_version(o, partition);
	if (o->failed)
		ret->err = o->err;
	/* What has no place is not expected to have rows. */
	for (size_t i = 0; i < w->checks[asset->index].n && !worth; i++)
		worth = !w->checks[asset->index].v[i].implicit && w->checks[asset->index].v[i].enabled;
	if (worth && !stored_checks(w, o, asset, partition, &w->checks[asset->index], ret, err))
		return false;
	run_waive(w, &rep);
	report_summarize(&rep);
	return true;
}

/* What others told of is no check of the catalog, which could have been asked for. */
static bool
known_checks(struct reporting *x, const struct observed *o, const struct asset *asset, struct sv partition,
             const struct checks *checks, struct asset_result *r, struct err *err)
{
	return stored_checks(x->w, o, asset, partition, checks, r, err) &&
	       (x->r->selection.ncheck > 0 ||
	        run_external(x->w, asset, partition, observed_version(o, partition), r, err));
}

/* Of a partitioned asset, the whole has verdicts only where no partition could be found: they hold until one is checked. */
static bool
status_asset(struct reporting *x, const struct observed *o, const struct asset *asset,
             struct asset_result *whole, const struct checks *checks, struct err *err)
{
	int64_t newest = TIME_NONE;
	struct sv *key;
	size_t n;

	if (!known_checks(x, o, asset, (struct sv){0}, checks, whole, err))
		return false;
	if (asset->ndim == 0)
		return true;
	if (!store_judged_partitions(x->w->store, x->w->a, asset->key, &key, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct asset_result *r;

		if (key[i].n == 0)
			continue;
		r = add_result(x, asset, key[i]);
		if (!known_checks(x, o, asset, key[i], checks, r, err))
			return false;
		newest = MAX(newest, newest_verdict(r));
	}
	if (newest != TIME_NONE && newest > newest_verdict(whole))
		whole->ncheck = 0;
	return true;
}

/* Which checks are asked for decides which verdicts are told; *checks has none where nobody would run them. */
static bool
worth_checking(const struct reporting *x, const struct asset *asset, struct checks *checks, size_t *declared)
{
	*checks = checks_of(x, asset, declared);
	return x->r->check && (*declared > 0 || (checks->n > 0 && run_is_stored(asset)));
}

/* True when something was evaluated (or looked up) for the asset. */
static bool
report_asset(struct reporting *x, const struct asset *asset, size_t *ndeclared, struct err *err)
{
	size_t declared, at = x->result.n;
	struct checks checks;
	struct asset_result *whole, copy;
	const bool check = worth_checking(x, asset, &checks, &declared);

	if (!check && !x->r->fresh) {
		/* What could not be looked at may be an orphan, too. */
		if (x->seen != NULL && x->seen[asset->index].failed)
			add_result(x, asset, (struct sv){0})->err = x->seen[asset->index].err;
		return true;
	}
	*ndeclared += declared;
	/* Partitions are appended while the whole is worked on, and elements move: work on a copy. */
	whole = add_result(x, asset, (struct sv){0});
	if (x->r->fresh)
		set_freshness(x, whole);
	copy = *whole;
	if (x->r->check && x->r->stored &&
	    !status_asset(x, &x->seen[asset->index], asset, &copy, check ? &checks : &(struct checks){0},
	                  err))
		return false;
	if (check && !x->r->stored)
		check_asset(x, asset, &copy, &checks);
	x->result.v[at] = copy;
	/* Without freshness the whole of a partitioned asset has nothing to say, unless it is what went wrong. */
	if (!x->r->fresh && asset->ndim > 0 && copy.ncheck == 0 && x->result.n > at + 1) {
		memmove(&x->result.v[at], &x->result.v[at + 1],
		        (x->result.n - at - 1) * sizeof(*x->result.v));
		x->result.n--;
	}
	return true;
}

void
run_look(struct workspace *w, struct report *ret)
{
	/* Where that cannot be told all may be newer. */
	if (!store_run_position(w->store, &ret->position, NULL))
		ret->position = -1;
}

static void
begin(struct workspace *w, const char *command, struct report *rep, int64_t *start_ns)
{
	*rep = (struct report){.command = command, .started_us = clock_now_us(w->clock)};
	if (w->catalog != NULL) {
		rep->project = w->catalog->project;
		rep->env = w->catalog->env;
	} else {
		rep->env = SV("default");
	}
	ulid_make(rep->started_us, rep->run_id);
	if (w->next_run_id.n > 0)
		snprintf(rep->run_id, sizeof(rep->run_id), SV_FMT, SV_ARG(w->next_run_id));
	w->next_run_id = (struct sv){0};
	memcpy(w->run_id, rep->run_id, sizeof(w->run_id));
	run_look(w, rep);
	*start_ns = clock_mono_ns();
}

static void
end(struct workspace *w, struct report *rep, int64_t start_ns)
{
	const int64_t took_ms = (clock_mono_ns() - start_ns) / 1000000;

	rep->seconds = (double)took_ms / 1e3;
	rep->finished_us = clock_now_us(w->clock);
	run_waive(w, rep);
	report_summarize(rep);
}

static bool
anything_selected(const struct reporting *x)
{
	for (size_t i = 0; i < x->w->catalog->nasset; i++)
		if (selected(x, &x->w->catalog->asset[i]))
			return true;
	return false;
}

static bool
everything_selected(const struct reporting *x)
{
	for (size_t i = 0; i < x->w->catalog->nasset; i++)
		if (!selected(x, &x->w->catalog->asset[i]))
			return false;
	return x->r->selection.ncheck == 0 && x->r->partition.n == 0;
}

/* A check: that names none would check less than was asked for, and pass. */
static bool
check_exists(const struct reporting *x, const struct sv *glob, struct err *err)
{
	const struct selection one = {.check = glob, .ncheck = 1};
	LIST(const char *) names = {0};
	const char *near;

	for (size_t i = 0; i < x->w->catalog->nasset; i++) {
		const struct asset *asset = &x->w->catalog->asset[i];
		const struct checks *all = &x->w->checks[i];

		for (size_t k = 0; k < all->n && selected(x, asset); k++) {
			if (check_selected(&one, asset->key, &all->v[k]))
				return true;
			*LIST_ADD(x->w->a, &names) = arena_str(x->w->a, all->v[k].name.n > 0 ? all->v[k].name
			                                                                     : all->v[k].id);
		}
	}
	near = sv_nearest(*glob, names.v, names.n);
	err_set(err, ERR_NOTHING, NOWHERE, "no check of what is selected is called '" SV_FMT "'",
	        SV_ARG(*glob));
	return near != NULL ? err_hint(err, "did you mean '%s'?", near) : false;
}

/* --partition is about all that is checked: to check some assets as a whole beside it is not what was asked for. */
static bool
partition_fits(const struct reporting *x, const struct asset *asset, struct err *err)
{
	struct partition *p;
	size_t n, declared;

	if (checks_of(x, asset, &declared).n == 0)
		return true;
	if (asset->ndim == 0) {
		err_set(err, ERR_USAGE, NOWHERE,
		        "--partition '" SV_FMT "': asset '" SV_FMT "' has no partitions",
		        SV_ARG(x->r->partition), SV_ARG(asset->key));
		return err_hint(err, "select assets that have some");
	}
	if (partitions_range(x->w->a, asset, x->r->partition, clock_now_us(x->w->clock), &p, &n, err))
		return true;
	if (err != NULL)
		err->code = ERR_USAGE;
	return err_prefix(err, "--partition");
}

/* Slips of the hand, told before anything runs. */
static bool
names_fit(const struct reporting *x, struct err *err)
{
	for (size_t i = 0; i < x->r->selection.ncheck; i++)
		if (!check_exists(x, &x->r->selection.check[i], err))
			return false;
	for (size_t i = 0; i < x->w->catalog->nasset && x->r->partition.n > 0; i++)
		if (selected(x, &x->w->catalog->asset[i]) &&
		    !partition_fits(x, &x->w->catalog->asset[i], err))
			return false;
	return true;
}

bool
run_checks_exist(struct workspace *w, const struct selection *s, struct err *err)
{
	const struct run_request r = {.selection = *s};
	const struct reporting x = {.w = w, .r = &r};

	return names_fit(&x, err);
}

/* Also of what the catalog does not know, a stored file say, if nothing in particular was asked for. */
static bool
concerns(const struct reporting *x, const struct incident *i)
{
	const struct asset *asset = catalog_asset(x->w->catalog, i->asset);

	return asset != NULL ? selected(x, asset) : everything_selected(x);
}

static int
most_severe_first(const void *a, const void *b)
{
	const struct incident *x = a, *y = b;

	return x->severity != y->severity     ? (int)x->severity - (int)y->severity
	       : x->opened_us != y->opened_us ? (x->opened_us > y->opened_us) - (x->opened_us < y->opened_us)
	                                      : sv_cmp(x->key, y->key);
}

bool
run_state(struct workspace *w, const struct selection *s, const struct observed *o,
          const struct asset_result *whole, struct asset_result **ret, size_t *n, struct err *err)
{
	const struct run_request r = {.selection = *s, .fresh = true, .check = true, .stored = true};
	struct reporting x = {.w = w, .r = &r};
	struct asset_result copy = *whole;
	struct checks checks;
	size_t declared;
	const bool check = worth_checking(&x, whole->asset, &checks, &declared);

	(void)add_result(&x, whole->asset, (struct sv){0});
	if (!status_asset(&x, o, whole->asset, &copy, check ? &checks : &(struct checks){0}, err))
		return false;
	x.result.v[0] = copy;
	*ret = x.result.v;
	*n = x.result.n;
	return true;
}

/* What was found and not mended yet: the last known state of problems. */
static bool
open_incidents(struct reporting *x, struct err *err)
{
	struct incident *all;
	size_t n, kept = 0;

	if (!store_open_incidents(x->w->store, x->w->a, &all, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (concerns(x, &all[i])) {
			all[kept] = all[i];
			all[kept++].change = INCIDENT_STILL;
		}
	if (kept > 1)
		qsort(all, kept, sizeof(*all), most_severe_first);
	x->rep->last_known = true;
	x->rep->has_incidents = true;
	x->rep->incident = all;
	x->rep->nincident = kept;
	return true;
}

bool
run_open_incidents(struct workspace *w, const struct selection *s, struct report *ret, struct err *err)
{
	const struct run_request r = {.selection = *s};
	struct reporting x = {.w = w, .r = &r, .rep = ret};

	return open_incidents(&x, err);
}

bool
run_report(struct workspace *w, const struct run_request *r, struct report *ret, struct err *err)
{
	struct reporting x = {.w = w, .r = r, .rep = ret};
	size_t declared = 0;
	int64_t start_ns;

	begin(w, r->command, ret, &start_ns);
	run_identify(w);
	if (!anything_selected(&x))
		return err_set(err, ERR_NOTHING, NOWHERE, "nothing is selected");
	if (r->check && !names_fit(&x, err))
		return false;
	if ((r->fresh || r->orphans) && !observe_all(&x, err))
		return false;
	for (size_t i = 0; i < w->catalog->nasset; i++) {
		/* Inputs first, so that what is read later was judged before. */
		const struct asset *asset = &w->catalog->asset[w->catalog->topo[i]];

		if (selected(&x, asset) && !report_asset(&x, asset, &declared, err))
			return false;
	}
	if (r->check && !r->fresh && !r->implicit && declared == 0) {
		err_set(err, ERR_NOTHING, NOWHERE, "no checks are declared for what is selected");
		return err_hint(err, "add `checks:` to an asset, or choose others");
	}
	ret->asset = x.result.v;
	ret->nasset = x.result.n;
	if (r->orphans) {
		ret->has_orphans = true;
		ret->orphan = x.fresh.orphan;
		ret->norphan = x.fresh.norphan;
	}
	ret->whole = r->fresh && r->orphans && r->check && everything_selected(&x);
	end(w, ret, start_ns);
	if (r->stored)
		return open_incidents(&x, err);
	if ((r->fresh || !r->check || observe_checked(&x, &ret->unsaved)) &&
	    run_keep(w, ret, NULL, &ret->unsaved))
		ret->unsaved = (struct err){0};
	return true;
}

bool
run_suite(struct workspace *w, const struct dataset *d, const struct checks *checks, struct report *ret,
          struct err *err)
{
	struct asset_result *r = ARENA_NEW(w->a, struct asset_result);
	int64_t start_ns;

	begin(w, "check", ret, &start_ns);
	if (checks->n == 0)
		return err_set(err, ERR_NOTHING, NOWHERE, "the suite holds no checks");
	*r = (struct asset_result){.key = d->key};
	run_evaluate(w, d, NULL, NULL, checks, r);
	ret->asset = r;
	ret->nasset = 1;
	end(w, ret, start_ns);
	if (run_keep(w, ret, NULL, &ret->unsaved))
		ret->unsaved = (struct err){0};
	return true;
}

void
run_begin(struct workspace *w, const char *command, struct report *ret, int64_t *start_ns)
{
	begin(w, command, ret, start_ns);
}

void
run_end(struct workspace *w, struct report *r, int64_t start_ns)
{
	end(w, r, start_ns);
}
