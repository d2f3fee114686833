#include "gate/gate.h"

#include <time.h>

#include "gate/facts.h"

enum { FIRST_PAUSE_MS = 200, LONGEST_PAUSE_MS = 5000 };

/* Pauses in small steps, so that the end of the wait is not overslept. */
static void
pause_until(int64_t end_ns)
{
	for (int64_t now = clock_mono_ns(); now < end_ns; now = clock_mono_ns())
		nanosleep(&(struct timespec){.tv_nsec = (long)MIN(end_ns - now, INT64_C(100000000))}, NULL);
}

bool
gate_worth_waiting(const struct decision *d)
{
	for (size_t i = 0; i < d->nreason; i++) {
		enum reason_kind kind = d->reason[i].kind;

		if (d->reason[i].effect == EFFECT_BLOCK && kind != REASON_UNCHECKED && kind != REASON_LATE &&
		    kind != REASON_MISSING && kind != REASON_IN_PROGRESS)
			return false;
	}
	return d->would_block;
}

/*
 * Checks one input (or one partition of it) as `weir check` would.  What goes wrong there is a verdict, and
 * found as such.
 */
static bool
check_input(struct workspace *w, const struct gate_input *in, struct err *err)
{
	const struct asset *up = catalog_asset(w->catalog, in->upstream);
	struct report report;
	struct run_request r = {.command = "gate", .check = true, .partition = in->partition};

	r.selection.asset = ARENA_ARRAY(w->a, uint64_t, (w->catalog->nasset + 63) / 64);
	r.selection.asset[up->index / 64] |= UINT64_C(1) << (up->index % 64);
	if (!run_report(w, &r, &report, err))
		return false;
	/* Verdicts that were not kept decide nothing. */
	if (report.unsaved.code != ERR_NONE)
		*err = report.unsaved;
	return report.unsaved.code == ERR_NONE;
}

static bool
check_unchecked(struct workspace *w, const struct decision *d, bool *any, struct err *err)
{
	*any = false;
	for (size_t i = 0; i < d->ninput; i++) {
		if (!d->input[i].unchecked)
			continue;
		if (!check_input(w, &d->input[i], err))
			return false;
		*any = true;
	}
	return true;
}

static bool
look(struct workspace *w, const struct asset *asset, const struct gate_request *r, struct gate_facts *f,
     struct decision *d, struct err *err)
{
	/* Else those that matter are identified when they are met. */
	if (r->known == NULL)
		run_identify(w);
	if (!gate_collect(w, asset, r, f, err) || !gate_find_override(w, f, err))
		return false;
	gate_judge(w->a, f, d);
	return true;
}

/*
 * Looks twice with checks between: a version that moved meanwhile is a reason of its own.  What stays unchecked
 * (*checked: for which versions they ran) is not read again while somebody waits.
 */
static bool
look_and_check(struct workspace *w, const struct asset *asset, const struct gate_request *r,
               struct sv *checked, struct gate_facts *f, struct decision *d, struct err *err)
{
	bool any = false;
	struct sv versions;

	if (!look(w, asset, r, f, d, err))
		return false;
	versions = gate_fingerprint(w->a, f);
	if (!r->run || sv_eq(versions, *checked))
		return true;
	*checked = versions;

	struct gate_facts before = *f;

	if (!check_unchecked(w, d, &any, err))
		return false;
	if (!any)
		return true;
	if (!look(w, asset, r, f, d, err))
		return false;
	gate_note_moves(w->a, &before, f);
	gate_judge(w->a, f, d);
	return true;
}

static bool
wait_and_look(struct workspace *w, const struct asset *asset, const struct gate_request *r,
              struct gate_facts *f, struct decision *d, struct err *err)
{
	int64_t end_ns = clock_mono_ns(), pause_ms = FIRST_PAUSE_MS, wait_ns;
	struct sv checked = {0};

	if (__builtin_mul_overflow(r->wait_us, 1000, &wait_ns) ||
	    __builtin_add_overflow(end_ns, wait_ns, &end_ns))
		end_ns = INT64_MAX;
	for (;;) {
		int64_t now_ns;

		if (!look_and_check(w, asset, r, &checked, f, d, err))
			return false;
		now_ns = clock_mono_ns();
		if (!gate_worth_waiting(d) || now_ns >= end_ns)
			return true;
		pause_until(MIN(end_ns, now_ns + pause_ms * 1000000));
		pause_ms = MIN(pause_ms * 2, LONGEST_PAUSE_MS);
	}
}

static bool
log_decision(struct workspace *w, const struct decision *d, struct err *err)
{
	AUTO(buf) text = buf_new((size_t)64 << 20);
	struct json_writer json;

	json_write_init(&json, text, 0);
	gate_json(d, &json);
	if (!buf_check(text, "the decision", err))
		return false;

	struct stored_decision stored = {
		.asset = d->asset,
		.partition = d->partition,
		.decision = d->allow ? SV("allow") : SV("block"),
		.mode = d->shadow ? SV("shadow") : SV("enforce"),
		.json = buf_sv(text),
		.at_us = d->decided_us,
	};

	return store_add_decision(w->store, &stored, err);
}

static const struct asset *
find_asset(struct workspace *w, struct sv key, struct err *err)
{
	const struct asset *asset = catalog_asset(w->catalog, key);
	const char *const *keys, *near;
	size_t n;

	if (asset != NULL)
		return asset;
	err_set(err, ERR_USAGE, NOWHERE, "there is no asset '" SV_FMT "'", SV_ARG(key));
	keys = catalog_keys(w->a, w->catalog, &n);
	near = sv_nearest(key, keys, n);
	if (near != NULL)
		err_hint(err, "did you mean '%s'?", near);
	return NULL;
}

/*
 * Only what was decided now is overridden; where another version is about to be read there is nothing to bind
 * it to.
 */
static bool
override(struct workspace *w, const struct gate_request *r, struct gate_facts *f, struct decision *d,
         struct err *err)
{
	if (r->override_reason.n == 0 || !d->would_block)
		return true;
	for (size_t i = 0; i < d->nreason; i++)
		if (d->reason[i].kind == REASON_CHANGED && d->reason[i].effect == EFFECT_BLOCK)
			return true;
	if (!gate_add_override(w, r, f, err))
		return false;
	gate_judge(w->a, f, d);
	return true;
}

bool
gate_decide(struct workspace *w, const struct gate_request *r, struct decision *ret, struct err *err)
{
	const struct asset *asset = find_asset(w, r->asset, err);
	struct gate_facts facts;
	struct decision d;

	if (asset == NULL || !wait_and_look(w, asset, r, &facts, &d, err) ||
	    !override(w, r, &facts, &d, err) || !log_decision(w, &d, err))
		return false;
	*ret = d;
	return true;
}

/* Overrides and waivers end, all at once and without a trace. */
static bool
note_ends(struct workspace *w, const struct gate_facts *f, int64_t *until_us, struct err *err)
{
	struct stored_override *o;
	struct waiver *waiver;
	size_t no, nw;

	if (!store_overrides(w->store, w->a, f->asset, f->partition, f->now_us, &o, &no, err) ||
	    !store_waivers(w->store, w->a, (struct sv){0}, f->now_us, &waiver, &nw, err))
		return false;
	*until_us = f->until_us;
	for (size_t i = 0; i < no; i++)
		*until_us = *until_us == TIME_NONE ? o[i].until_us : MIN(*until_us, o[i].until_us);
	for (size_t i = 0; i < nw; i++)
		*until_us = *until_us == TIME_NONE ? waiver[i].until_us : MIN(*until_us, waiver[i].until_us);
	return true;
}

bool
gate_look(struct workspace *w, const struct gate_request *r, struct decision *ret, int64_t *until_us,
          struct err *err)
{
	const struct asset *asset = find_asset(w, r->asset, err);
	struct gate_facts facts;
	struct decision d;

	if (asset == NULL || !look(w, asset, r, &facts, &d, err) || !note_ends(w, &facts, until_us, err))
		return false;
	*ret = d;
	return true;
}

bool
gate_override(struct workspace *w, const struct gate_request *r, struct decision *ret, struct err *err)
{
	const struct asset *asset = find_asset(w, r->asset, err);
	struct gate_facts facts;
	struct decision d;

	if (asset == NULL || !look(w, asset, r, &facts, &d, err) || !override(w, r, &facts, &d, err))
		return false;
	*ret = d;
	return true;
}

bool
gate_undecided(struct workspace *w, const struct gate_request *r, const struct err *why, struct decision *ret,
               struct err *err)
{
	const struct asset *asset = find_asset(w, r->asset, err);
	struct reason *reason = ARENA_NEW(w->a, struct reason);
	char text[512];

	if (asset == NULL)
		return false;
	*reason = (struct reason){
		.kind = REASON_UNDECIDED,
		.upstream = asset->key,
		.message = arena_svf(w->a, "%s", err_text(why, text, sizeof(text))),
		.effect = asset->gate.effect[REASON_UNDECIDED],
	};
	*ret = (struct decision){
		.asset = asset->key,
		.partition = r->partition,
		.would_block = reason->effect == EFFECT_BLOCK,
		.shadow = asset->gate.shadow,
		.decided_us = clock_now_us(w->clock),
		.catalog_hash = w->catalog->hash,
		.reason = reason,
		.nreason = 1,
	};
	ret->allow = ret->shadow || !ret->would_block;
	return true;
}
