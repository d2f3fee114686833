/*
 * Those who ask at gates.  Each is kept until its answer is decided; what it waits for (looks, checks, time) calls it back by a turn of the
 * agenda, never from inside, so that all that is decided in one turn of the keeper is logged in one transaction, before it is answered.
 */
#include "serve/gates.h"

#include <stdatomic.h>
#include <string.h>

#include "catalog/partition.h"
#include "run/told.h"
#include "serve/agenda.h"
#include "serve/gates_internal.h"

#define MS_US INT64_C(1000)
enum { FIRST_PAUSE_MS = 200, LONGEST_PAUSE_MS = 5000 };
#define LOOK_LIMIT_NS (INT64_C(10) * 1000000000)

struct gate_known
gates_known(const struct service *s)
{
	return (struct gate_known){.observed = board_observed(s->board), .tell = gates_tell, .ctx = s->board};
}

void
gates_tell(const void *ctx, struct arena *a, uint32_t asset, struct freshness *fresh, struct staleness *stale)
{
	board_tell(ctx, a, asset, fresh, stale);
}

static void turn(struct service *s, void *ctx);

static void
turn_at(struct gates *g, int64_t at_us)
{
	if (g->turn_us != TIME_NONE && g->turn_us <= at_us)
		return;
	g->turn_us = at_us;
	agenda_set(g->s->agenda, SV("gates"), at_us, turn, g);
}

static void
turn_soon(struct gates *g)
{
	turn_at(g, clock_now_us(g->s->clock));
}

/* Pieces of work ------------------------------------------------------------------------------------------------- */

static void
add_blind(struct asking *x, struct sv key, struct sv why)
{
	*LIST_ADD(x->q->a, &x->blind) = (struct gate_blind){key, arena_sv(x->q->a, why)};
}

static void
work_done(struct service *s UNUSED, const struct work *work, void *ctx)
{
	struct pending *p = ctx;
	struct asking *x = p->x;

	for (struct pending **at = &x->pending; *at != NULL; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			break;
		}
	if (work->order.kind == WORK_PROBE)
		*LIST_ADD(x->q->a, &x->looked) = p->key;
	if (work->order.kind == WORK_PROBE && work->state == WORK_FAILED)
		add_blind(x, p->key, work->trouble);
	if (x->pending == NULL) {
		x->due_ns = 0;
		turn_soon(x->g);
	}
}

static void
order(struct asking *x, enum work_kind kind, const struct asset *asset, struct sv partition)
{
	const struct work_order o = {
		.kind = kind,
		.priority = WORK_FOR_GATE,
		.asset = asset->index,
		.partition = partition,
		.why = arena_svf(x->q->a, "gate of " SV_FMT " for " SV_FMT, SV_ARG(x->key),
	                         SV_ARG(x->q->who)),
	};
	struct pending *p = ARENA_NEW(x->q->a, struct pending);
	struct err err = {0};
	struct sv id;

	*p = (struct pending){.x = x, .key = arena_sv(x->q->a, asset->key)};
	if (!workshop_order(x->g->s->workshop, &o, work_done, p, &id, &err)) {
		/* What cannot be looked at is undecided; what cannot be checked stays unchecked, and blocks as such. */
		if (kind == WORK_PROBE)
			add_blind(x, p->key, sv_of(err.msg));
		return;
	}
	p->id = arena_sv(x->q->a, id);
	p->next = x->pending;
	x->pending = p;
}

static void
forget_pending(struct asking *x)
{
	for (struct pending *p = x->pending; p != NULL; p = p->next)
		workshop_forget(x->g->s->workshop, p->id, p);
	x->pending = NULL;
}

/* Looks ---------------------------------------------------------------------------------------------------------- */

struct look_set {
	const struct asset **v;
	size_t n, cap;
};

static void
add_looked_at(struct arena *a, struct look_set *set, const struct asset *asset)
{
	if (asset == NULL || !asset_is_seen(asset))
		return;
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i] == asset)
			return;
	*LIST_ADD(a, set) = asset;
}

/* The assets whose data a gate rests on: direct inputs, and what their checks look at as well. */
static void
find_look_set(const struct service *s, struct arena *a, const struct asset *asset, struct look_set *ret)
{
	const struct catalog *c = s->project->catalog;

	for (size_t i = 0; i < asset->ndep; i++) {
		const struct asset *up = catalog_asset(c, asset->dep[i].key);
		const struct checks *checks;

		if (up == NULL)
			continue;
		add_looked_at(a, ret, up);
		checks = &s->project->checks[up->index];
		for (size_t k = 0; k < checks->n; k++) {
			const struct asset *other;

			for (uint32_t at = 0; (other = check_other(c, &checks->v[k], &at)) != NULL;)
				add_looked_at(a, ret, other);
		}
	}
}

/* When somebody last told of it; what was seen before that says nothing any more. */
static int64_t
last_report(const struct service *s, struct arena *a, const struct asset *asset)
{
	static const enum event_kind kinds[] = {EVENT_MATERIALIZED, EVENT_OBSERVED};
	int64_t ret = TIME_NONE;

	for (size_t k = 0; k < LEN(kinds); k++) {
		struct event *e;
		size_t n;

		/* Nothing is believed then; that the store cannot be read is told by the answer, which needs it, too. */
		if (!store_partition_events(s->store, a, asset->key, kinds[k], INT64_MAX, &e, &n, NULL))
			return INT64_MAX;
		for (size_t i = 0; i < n; i++)
			if (!sv_is(e[i].reporter, "probe"))
				ret = MAX(ret, e[i].recorded_us);
	}
	return ret;
}

static bool
was_looked_at(const struct asking *x, struct sv key)
{
	for (size_t i = 0; i < x->looked.n; i++)
		if (sv_eq(x->looked.v[i], key))
			return true;
	for (size_t i = 0; i < x->blind.n; i++)
		if (sv_eq(x->blind.v[i].key, key))
			return true;
	return false;
}

static bool
is_believed(const struct asking *x, struct arena *a, const struct asset *asset, int64_t now_us)
{
	const struct service *s = x->g->s;
	const int64_t looked_us = board_card(s->board, asset->index)->looked_us;

	return looked_us != TIME_NONE && looked_us <= now_us &&
	       looked_us > now_us - s->project->catalog->service.believe_us &&
	       (!x->look || looked_us > x->begun_us) && looked_us > last_report(s, a, asset);
}

/* True if there is something to wait for. */
static bool
order_looks(struct asking *x, struct arena *a, const struct asset *asset)
{
	const int64_t now_us = clock_now_us(x->g->s->clock);
	struct look_set set = {0};

	find_look_set(x->g->s, a, asset, &set);
	for (size_t i = 0; i < set.n; i++)
		if (!was_looked_at(x, set.v[i]->key) && !is_believed(x, a, set.v[i], now_us))
			order(x, WORK_PROBE, set.v[i], (struct sv){0});
	x->due_ns = clock_mono_ns() + LOOK_LIMIT_NS;
	return x->pending != NULL;
}

/* They take too long: what they are about is undecided. */
static void
give_up_looks(struct asking *x)
{
	for (struct pending *p = x->pending; p != NULL; p = p->next)
		add_blind(x, p->key, SV("looking at it takes too long"));
	forget_pending(x);
}

/* Deciding ------------------------------------------------------------------------------------------------------- */

/* An answer holds as long as all that it rests on. */
static int64_t
holds_until(const struct asking *x, struct arena *a, const struct asset *asset, int64_t until_us)
{
	const struct service *s = x->g->s;
	const struct catalog *c = s->project->catalog;
	uint64_t *met = ARENA_ARRAY(a, uint64_t, (c->nasset + 63) / 64);
	LIST(uint32_t) up = {0};
	struct look_set set = {0};

	until_us = until_us == TIME_NONE ? INT64_MAX : until_us;
	find_look_set(s, a, asset, &set);
	for (size_t i = 0; i < set.n; i++)
		until_us = MIN(until_us,
		               board_card(s->board, set.v[i]->index)->looked_us + c->service.believe_us);
	*LIST_ADD(a, &up) = asset->index;
	for (size_t i = 0; i < up.n; i++)
		for (uint32_t k = c->up_at[up.v[i]]; k < c->up_at[up.v[i] + 1]; k++) {
			const uint32_t u = c->up[k];
			int64_t changes_us;

			if ((met[u / 64] & UINT64_C(1) << (u % 64)) != 0)
				continue;
			met[u / 64] |= UINT64_C(1) << (u % 64);
			*LIST_ADD(a, &up) = u;
			changes_us = board_card(s->board, u)->brief->changes_us;
			if (changes_us != TIME_NONE)
				until_us = MIN(until_us, changes_us);
		}
	return until_us;
}

/* With those that were checked, and the state could not take what was found: it says what was known before. */
static void
find_blind(const struct asking *x, struct arena *a, const struct asset *asset, struct gate_known *known)
{
	const struct workshop *shop = x->g->s->workshop;
	LIST(struct gate_blind) all = {0};
	struct look_set set = {0};

	for (size_t i = 0; i < x->blind.n; i++)
		*LIST_ADD(a, &all) = x->blind.v[i];
	if (workshop_held(shop) > 0)
		find_look_set(x->g->s, a, asset, &set);
	for (size_t i = 0; i < set.n; i++)
		if (workshop_holds(shop, set.v[i]->index))
			*LIST_ADD(a, &all) = (struct gate_blind){
				set.v[i]->key, SV("what was found in it could not be stored yet")};
	known->blind = all.v;
	known->nblind = all.n;
}

static bool
decide(struct asking *x, struct workspace *w, const struct asset *asset, struct decision *d, struct err *err)
{
	struct gate_known known = gates_known(x->g->s);
	struct gate_request r = {.asset = asset->key,
	                         .partition = x->partition,
	                         .named = x->named,
	                         .nnamed = x->nnamed,
	                         .known = &known};
	int64_t until_us;

	find_blind(x, w->a, asset, &known);
	if (x->checked.n > 0 && x->nnamed == 0) {
		r.named = x->judged.v;
		r.nnamed = x->judged.n;
	}
	if (!gate_look(w, &r, d, &until_us, err))
		return false;
	x->until_us = r.nnamed == 0 ? holds_until(x, w->a, asset, until_us) : TIME_NONE;
	if (x->until_us != TIME_NONE && known.nblind > 0)
		x->until_us = MIN(x->until_us, clock_now_us(x->g->s->clock) + US_PER_S);
	return true;
}

static struct sv
versions(struct arena *a, const struct decision *d)
{
	AUTO(buf) b = buf_new((size_t)16 << 20);

	for (size_t i = 0; i < d->ninput; i++)
		buf_printf(b, SV_FMT "\n" SV_FMT "\n" SV_FMT "\n", SV_ARG(d->input[i].upstream),
		           SV_ARG(d->input[i].partition), SV_ARG(d->input[i].data_version));
	return arena_sv(a, buf_sv(b));
}

/* Checks what is unchecked, once for the versions that lie there.  True if there is something to wait for. */
static bool
order_checks(struct asking *x, const struct decision *d)
{
	struct arena *a = x->q->a;
	struct sv now;

	if (!x->run)
		return false;
	now = versions(a, d);
	if (sv_eq(now, x->checked))
		return false;
	x->checked = now;
	x->judged.n = 0;
	for (size_t i = 0; i < d->ninput; i++) {
		const struct gate_input *in = &d->input[i];
		const struct asset *up = in->unchecked ? service_asset(x->g->s, in->upstream) : NULL;

		/* What lies elsewhere can only be checked there: it stays unchecked. */
		if (up == NULL || up->elsewhere)
			continue;
		order(x, WORK_CHECK, up, arena_sv(a, in->partition));
		if (in->data_version.n > 0)
			*LIST_ADD(a,
			          &x->judged) = (struct gate_named){.upstream = arena_sv(a, in->upstream),
			                                            .partition = arena_sv(a, in->partition),
			                                            .version = arena_sv(a, in->data_version)};
	}
	/* Checks may take long: what was seen before them is looked at again, unless it is believed still. */
	x->looked.n = x->blind.n = 0;
	x->due_ns = INT64_MAX;
	return x->pending != NULL;
}

static bool
wait_more(struct asking *x, const struct decision *d)
{
	const int64_t now_ns = clock_mono_ns();

	if (!gate_worth_waiting(d) || now_ns >= x->end_ns)
		return false;
	x->waiting = true;
	x->due_ns = MIN(x->end_ns, now_ns + x->pause_ms * 1000000);
	x->pause_ms = MIN(x->pause_ms * 2, LONGEST_PAUSE_MS);
	x->looked.n = x->blind.n = 0;
	return true;
}

/* Asks once more, as far as it gets.  True when it is answered, or its answer waits for the log. */
static bool
step(struct asking *x)
{
	struct service *s = x->g->s;
	AUTO(arena) a = arena_new();
	struct workspace w = service_workspace(s, a);
	const struct asset *asset = service_asset(s, x->key);
	struct decision d;
	struct err err = {0};

	x->waiting = false;
	if (asset == NULL) {
		request_refuse(x->q, 404, "there is no asset '" SV_FMT "' any more", SV_ARG(x->key));
		return true;
	}
	if (x->pending != NULL)
		give_up_looks(x);
	if (gates_join(x))
		return true;
	if (order_looks(x, a, asset))
		return false;
	if (!decide(x, &w, asset, &d, &err)) {
		request_problem(x->q, err.code == ERR_USAGE ? 400 : 0, &err);
		return true;
	}
	if (order_checks(x, &d) || wait_more(x, &d))
		return false;
	if (gates_log(x, &d, &err))
		return true;
	request_problem(x->q, 0, &err);
	return true;
}

static void
link_asking(struct asking *x)
{
	struct gates *g = x->g;

	x->next = g->asking;
	x->at = &g->asking;
	if (x->next != NULL)
		x->next->at = &x->next;
	g->asking = x;
}

static void
unlink_asking(struct asking *x)
{
	*x->at = x->next;
	if (x->next != NULL)
		x->next->at = x->at;
}

/* What is due; the instant of the next turn follows from the rest. */
static int64_t
step_due(struct gates *g)
{
	int64_t next_ns = INT64_MAX;

	for (struct asking *x = g->asking, *next; x != NULL; x = next) {
		next = x->next;
		if (x->due_ns > clock_mono_ns()) {
			next_ns = MIN(next_ns, x->due_ns);
			continue;
		}
		/* One that is answered is gone, with all that it holds. */
		unlink_asking(x);
		if (step(x))
			continue;
		link_asking(x);
		next_ns = MIN(next_ns, x->due_ns);
	}
	return next_ns;
}

static void
turn(struct service *s, void *ctx)
{
	struct gates *g = ctx;
	int64_t next_ns, now_ns, counts_us;

	g->turn_us = TIME_NONE;
	next_ns = step_due(g);
	gates_answer(g);
	counts_us = gates_count(g, false);
	now_ns = clock_mono_ns();
	if (next_ns < INT64_MAX)
		turn_at(g, clock_now_us(s->clock) + MAX(next_ns - now_ns, 0) / 1000 + 1);
	if (counts_us != TIME_NONE)
		turn_at(g, counts_us);
}

void
gates_follow(struct gates *g)
{
	bool any = false;

	for (struct asking *x = g->asking; x != NULL; x = x->next) {
		if (!x->waiting)
			continue;
		x->due_ns = MIN(x->due_ns, MAX(clock_mono_ns(), x->followed_ns + FIRST_PAUSE_MS * 1000000));
		x->followed_ns = x->due_ns;
		any = true;
	}
	if (any)
		turn_soon(g);
}

/* Asking --------------------------------------------------------------------------------------------------------- */

static void
gone(struct service *s UNUSED, struct request *q, void *ctx)
{
	struct asking *x = ctx;

	forget_pending(x);
	unlink_asking(x);
	request_refuse(q, 503, "the service stops");
}

static bool
wants_look(const struct request *q)
{
	const struct sv header = request_header(q, "Cache-Control");

	return request_flag(q, "look") ||
	       (header.n > 0 && memmem(header.p, header.n, "no-cache", strlen("no-cache")) != NULL);
}

static bool
asking_parse(struct service *s, struct request *q, struct asking *x, struct err *err)
{
	const struct asset *asset = told_asset(q->a, s->project->catalog, q->arg[0], err);
	struct partition p;

	if (asset == NULL)
		return false;
	x->key = arena_sv(q->a, asset->key);
	x->partition = request_text(q, "partition");
	if (x->partition.n > 0) {
		if (!partition_parse(q->a, asset, x->partition, &p, err)) {
			err->code = ERR_USAGE;
			return false;
		}
		x->partition = p.key;
	}
	return gates_named(q->a, s->project->catalog, asset, x->partition, request_text(q, "version"),
	                   &x->named, &x->nnamed, err);
}

void
gates_ask(struct service *s, struct request *q)
{
	struct asking *x = ARENA_NEW(q->a, struct asking);
	struct gates *g = s->gates;
	int64_t wait_us = request_number(q, "wait", 0);
	struct err err = {0};

	*x = (struct asking){
		.g = g,
		.q = q,
		.status = request_has(q, "as"),
		.alone = request_has(q, "version") || request_flag(q, "run") || wait_us > 0 || wants_look(q),
		.run = request_flag(q, "run"),
		.look = wants_look(q),
		.begun_us = clock_now_us(s->clock),
		.end_ns = clock_mono_ns(),
		.pause_ms = FIRST_PAUSE_MS,
	};
	/* For a sensor 404 is "not yet", which a mistyped key never is. */
	if (!asking_parse(s, q, x, &err)) {
		request_problem(q, service_asset(s, q->arg[0]) != NULL || x->status ? 400 : 404, &err);
		return;
	}
	if (__builtin_mul_overflow(wait_us, 1000, &wait_us) ||
	    __builtin_add_overflow(x->end_ns, wait_us, &x->end_ns))
		x->end_ns = INT64_MAX;
	link_asking(x);
	request_keep(q, gone, x);
	turn_soon(g);
}

bool
gates_quick(struct service *s, struct request *q)
{
	const enum board_answer which = request_has(q, "as") ? BOARD_GATE_STATUS : BOARD_GATE;
	struct prepared *p;

	if (request_has(q, "version") || request_flag(q, "run") || request_has(q, "wait") || wants_look(q))
		return false;
	p = board_answer(s->board, which, q->arg[0], request_text(q, "partition"), clock_now_us(s->clock));
	if (p == NULL)
		return false;
	atomic_fetch_add_explicit(&p->given, 1, memory_order_relaxed);
	request_prepared(q, p);
	return true;
}
