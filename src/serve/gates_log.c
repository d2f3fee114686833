/*
 * Every decision is on record before anybody is told.  One that is prepared is given many times without a look at the store: that is only
 * counted, and the counts are written down each second, some at a time.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "serve/gates_internal.h"

#define COUNT_EVERY_US US_PER_S
/* Of what is counted in one go: the keeper has other things to do, too. */
#define COUNT_SLICE_NS INT64_C(10000000)
enum { COUNT_SLICE = 512, HTTP_OK = 200, HTTP_NOT_YET = 404, HTTP_BLOCKED = 423, JSON_MAX = 64 << 20 };
static const char json_type[] = "application/json", problem_type[] = "application/problem+json";

struct gates *
gates_new(struct service *s)
{
	struct gates *g = xcalloc(1, sizeof(*g));

	*g = (struct gates){.s = s, .turn_us = TIME_NONE, .count_us = TIME_NONE, .batch = arena_new()};
	return g;
}

static void
live_free(struct live *l)
{
	prepared_unref(l->p);
	prepared_unref(l->status);
	free(l);
}

void
gates_free(struct gates *g)
{
	if (g == NULL)
		return;
	(void)gates_count(g, true);
	while (g->live != NULL) {
		struct live *next = g->live->next;

		live_free(g->live);
		g->live = next;
	}
	arena_free(g->batch);
	free(g);
}

bool
gates_json(struct arena *a, const struct decision *d, struct sv *ret, struct err *err)
{
	AUTO(buf) b = buf_new(JSON_MAX);
	struct json_writer w;

	json_write_init(&w, b, 0);
	gate_json(d, &w);
	if (!buf_check(b, "the decision", err))
		return false;
	*ret = arena_sv(a, buf_sv(b));
	return true;
}

struct stored_decision
gates_record(const struct decision *d, struct sv json)
{
	return (struct stored_decision){
		.asset = d->asset,
		.partition = d->partition,
		.decision = d->allow ? SV("allow") : SV("block"),
		.mode = d->shadow ? SV("shadow") : SV("enforce"),
		.json = json,
		.at_us = d->decided_us,
	};
}

static int
status_of(const struct decision *d)
{
	if (d->allow)
		return HTTP_OK;
	return gate_worth_waiting(d) ? HTTP_NOT_YET : HTTP_BLOCKED;
}

/* As a client writes it that encodes all that may be encoded. */
static struct sv
path_of(struct arena *a, struct sv key)
{
	AUTO(buf) b = buf_new((size_t)1 << 20);

	buf_puts(b, "/v1/gates/");
	for (size_t i = 0; i < key.n; i++) {
		const unsigned char c = (unsigned char)key.p[i];

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c != '\0' && strchr("-._~", c) != NULL))
			buf_putc(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
	return arena_sv(a, buf_sv(b));
}

static struct sv
what_blocks(struct arena *a, const struct decision *d)
{
	for (size_t i = 0; i < d->nreason; i++) {
		const struct reason *r = &d->reason[i];

		if (r->effect == EFFECT_BLOCK)
			return arena_svf(a, "%s: " SV_FMT "%s" SV_FMT ": " SV_FMT, reason_names[r->kind],
			                 SV_ARG(r->upstream), r->partition.n > 0 ? " " : "",
			                 SV_ARG(r->partition), SV_ARG(r->message));
	}
	return SV("it is blocked");
}

/* What is no success is a problem, as everywhere; the decision is in it. */
static bool
problem_json(struct arena *a, const struct decision *d, int status, struct sv json, struct sv *ret,
             struct err *err)
{
	AUTO(buf) b = buf_new(2 * (size_t)JSON_MAX);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object(&w);
	json_put_str(&w, "type", "about:blank");
	json_put_str(&w, "title", status == HTTP_BLOCKED ? "Locked" : "Not Found");
	json_put_i64(&w, "status", status);
	json_put_sv(&w, "detail", what_blocks(a, d));
	json_put_sv(&w, "instance", path_of(a, d->asset));
	json_put_raw(&w, "gate", json);
	json_object_end(&w);
	if (!buf_check(b, "the decision", err))
		return false;
	*ret = arena_sv(a, buf_sv(b));
	return true;
}

bool
gates_log(struct asking *x, const struct decision *d, struct err *err)
{
	struct gates *g = x->g;
	struct answer *w = ARENA_NEW(g->batch, struct answer);
	const int64_t until_us = x->until_us == TIME_NONE ? 0 : x->until_us;
	const int status = status_of(d);
	struct sv json, body;

	if (!gates_json(g->batch, d, &json, err))
		return false;
	body = json;
	if (status != HTTP_OK && !problem_json(g->batch, d, status, json, &body, err))
		return false;
	*w = (struct answer){
		.next = g->answer,
		.who = x,
		.p = prepared_new(HTTP_OK, json_type, json, until_us),
		.status = prepared_new(status, status == HTTP_OK ? json_type : problem_type, body, until_us),
		.row = gates_record(d, json),
		.n = 1,
		.shared = until_us > d->decided_us,
	};
	w->p->made_us = w->status->made_us = d->decided_us;
	w->row.asset = arena_sv(g->batch, d->asset);
	w->row.partition = arena_sv(g->batch, d->partition);
	g->answer = w;
	return true;
}

bool
gates_join(struct asking *x)
{
	struct gates *g = x->g;
	struct prepared *p;

	if (x->alone)
		return false;
	p = board_answer(g->s->board, x->status ? BOARD_GATE_STATUS : BOARD_GATE, x->key, x->partition,
	                 clock_now_us(g->s->clock));
	if (p != NULL) {
		atomic_fetch_add_explicit(&p->given, 1, memory_order_relaxed);
		request_prepared(x->q, p);
		return true;
	}
	for (struct answer *w = g->answer; w != NULL; w = w->next) {
		if (!w->shared || !sv_eq(w->row.asset, x->key) || !sv_eq(w->row.partition, x->partition))
			continue;
		x->also = w->who;
		w->who = x;
		w->n++;
		return true;
	}
	return false;
}

static bool
write_all(struct gates *g, struct err *err)
{
	struct store *s = g->s->store;

	if (!store_begin(s, err))
		return false;
	for (struct answer *w = g->answer; w != NULL; w = w->next) {
		bool ok = store_add_decision(s, &w->row, err);

		if (ok) {
			w->row.id = arena_sv(g->batch, w->row.id);
			ok = w->n == 1 || store_count_decision(s, w->row.id, w->n - 1, w->row.at_us, err);
		}
		if (!ok) {
			store_rollback(s);
			return false;
		}
	}
	return store_commit(s, err);
}

static void
publish(struct gates *g, struct answer *w)
{
	const struct asset *asset = service_asset(g->s, w->row.asset);
	struct live *l;

	if (!w->shared || asset == NULL)
		return;
	board_put_answer(g->s->board, BOARD_GATE, asset->index, w->row.partition, prepared_ref(w->p));
	board_put_answer(g->s->board, BOARD_GATE_STATUS, asset->index, w->row.partition,
	                 prepared_ref(w->status));
	l = xcalloc(1, sizeof(*l) + w->row.asset.n + w->row.partition.n);
	l->p = prepared_ref(w->p);
	l->status = prepared_ref(w->status);
	snprintf(l->id, sizeof(l->id), SV_FMT, SV_ARG(w->row.id));
	l->nkey = w->row.asset.n;
	l->npartition = w->row.partition.n;
	memcpy(l->text, w->row.asset.p, l->nkey);
	if (l->npartition > 0)
		memcpy(l->text + l->nkey, w->row.partition.p, l->npartition);
	l->next = g->live;
	g->live = l;
	if (g->count_us == TIME_NONE)
		g->count_us = clock_now_us(g->s->clock) + COUNT_EVERY_US;
}

void
gates_answer(struct gates *g)
{
	struct err err = {0};
	bool ok;

	if (g->answer == NULL)
		return;
	ok = write_all(g, &err);
	if (!ok)
		log_error("no gate was answered: %s", err.msg);
	for (struct answer *w = g->answer; w != NULL; w = w->next) {
		if (ok)
			publish(g, w);
		/* What a request holds is gone once it is answered. */
		for (struct asking *x = w->who, *also; x != NULL; x = also) {
			also = x->also;
			if (ok)
				request_prepared(x->q, prepared_ref(x->status ? w->status : w->p));
			else
				request_problem(x->q, 0, &err);
		}
		prepared_unref(w->p);
		prepared_unref(w->status);
	}
	g->answer = NULL;
	arena_reset(g->batch);
}

/* Counting ------------------------------------------------------------------------------------------------------- */

static bool
is_on_board(const struct gates *g, const struct live *l, int64_t now_us)
{
	struct prepared *p = board_answer(g->s->board, BOARD_GATE, (struct sv){l->text, l->nkey},
	                                  (struct sv){l->text + l->nkey, l->npartition}, now_us);

	prepared_unref(p);
	return p == l->p;
}

/* One that was counted in the transaction that is open. */
struct counted {
	struct live *live;
	int64_t n;
	bool goes; /* it was leaving before: nobody counts in it any more */
};

static bool
count_one(struct gates *g, struct counted *c, int64_t now_us, bool *open, struct err *err)
{
	struct live *l = c->live;

	c->goes = l->leaving;
	c->n = atomic_exchange(&l->p->given, 0) + atomic_exchange(&l->status->given, 0);
	if (c->n == 0)
		return true;
	*open = *open || store_begin(g->s->store, err);
	return *open &&
	       store_count_decision(g->s->store, (struct sv){l->id, strlen(l->id)}, c->n, now_us, err);
}

/* They are on disk, or were not stored: then they are counted another time. */
static void
end_counts(struct gates *g, struct counted *c, size_t n, bool stored, int64_t now_us)
{
	for (size_t i = 0; i < n; i++) {
		struct live *l = c[i].live;

		if (!stored)
			atomic_fetch_add(&l->p->given, c[i].n);
		if (!stored || !c[i].goes) {
			l->leaving = l->leaving || !is_on_board(g, l, now_us);
			g->count_at = &l->next;
			continue;
		}
		*g->count_at = l->next;
		live_free(l);
	}
}

/* In one transaction, from where the last one ended; false: what is left has to wait. */
static bool
count_slice(struct gates *g, int64_t now_us)
{
	const int64_t end_ns = clock_mono_ns() + COUNT_SLICE_NS;
	struct counted c[COUNT_SLICE];
	struct err err = {0};
	bool open = false, ok = true;
	size_t n = 0;

	for (struct live *l = *g->count_at; ok && l != NULL && n < COUNT_SLICE && clock_mono_ns() < end_ns;
	     l = l->next) {
		c[n].live = l;
		ok = count_one(g, &c[n++], now_us, &open, &err);
	}
	if (open && ok)
		ok = store_commit(g->s->store, &err);
	else if (open)
		store_rollback(g->s->store);
	if (!ok)
		log_error("how often gates were answered cannot be written down: %s", err.msg);
	end_counts(g, c, n, ok, now_us);
	return ok;
}

int64_t
gates_count(struct gates *g, bool now)
{
	const int64_t now_us = clock_now_us(g->s->clock);
	bool ok = true;

	if (g->count_us == TIME_NONE ||
	    (!now && now_us < g->count_us && g->count_us - now_us <= COUNT_EVERY_US))
		return g->count_us;
	if (g->count_at == NULL || now)
		g->count_at = &g->live;
	do
		ok = count_slice(g, now_us);
	while (now && ok && *g->count_at != NULL);
	/* Others have their turn before the next slice. */
	if (ok && *g->count_at != NULL)
		return g->count_us = now_us;
	g->count_at = NULL;
	g->count_us = g->live != NULL ? now_us + COUNT_EVERY_US : TIME_NONE;
	return g->count_us;
}
