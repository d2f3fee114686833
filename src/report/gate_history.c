/* Reads the log of decisions, newest first, into cases; then asks the store what became of each. */
#include "report/gate_history.h"

#include <stdlib.h>

#include "base/civil.h"
#include "config.h"
#include "gate/facts.h"
#include "report/reader.h"

enum { PAGE = 1000, EVENTS_MAX = 10000 };

struct read_reason {
	struct sv upstream, partition, check, version;
	unsigned kind, effect;
};

struct read_input {
	struct sv upstream, partition, version;
};

struct read_decision {
	bool would_block;
	LIST(struct read_reason) reason;
	LIST(struct read_input) input;
};

static const struct member reason_members[] = {
	{"upstream", MEMBER_TEXT, AT(read_reason, upstream)},
	{"partition", MEMBER_TEXT, AT(read_reason, partition)},
	{"kind", MEMBER_ENUM, NAMED(read_reason, kind, reason_names)},
	{"check", MEMBER_TEXT, AT(read_reason, check)},
	{"data_version", MEMBER_TEXT, AT(read_reason, version)},
	{"effect", MEMBER_ENUM, .at = offsetof(struct read_reason, effect), .names = effect_names,
         .nnames = EFFECT_BLOCK + 1},
};

static const struct member input_members[] = {
	{"upstream", MEMBER_TEXT, AT(read_input, upstream)},
	{"partition", MEMBER_TEXT, AT(read_input, partition)},
	{"data_version", MEMBER_TEXT, AT(read_input, version)},
};

static bool
read_reasons(struct json_reader *r, void *base, enum json_event e)
{
	return READ_LIST(r, e, &((struct read_decision *)base)->reason, MEMBERS(reason_members),
	                 ((struct read_reason){0}));
}

static bool
read_inputs(struct json_reader *r, void *base, enum json_event e)
{
	return READ_LIST(r, e, &((struct read_decision *)base)->input, MEMBERS(input_members),
	                 ((struct read_input){0}));
}

static const struct member decision_members[] = {
	{"would_block", MEMBER_BOOL, AT(read_decision, would_block)},
	{"reasons", MEMBER_OTHER, .read = read_reasons},
	{"inputs", MEMBER_OTHER, .read = read_inputs},
};

/* One gate, one version of one input; and one check, or (of an open gate) none. */
struct gate_case {
	struct sv gate, gate_partition, upstream, partition, version, check;
	int64_t first_us,
		let_us; /* when it was first decided, and first let through against the check; TIME_NONE */
	bool open, blocked, overridden, waived;
};

struct history {
	struct store *s;
	struct arena *a;
	struct err *err;
	struct map by_name, checks, gates;
	LIST(struct gate_case) found;
	LIST(struct check_tally) check;
	LIST(struct gate_tally) gate;
};

/* Keys and versions hold no line break. */
static struct gate_case *
case_of(struct history *h, const struct stored_decision *d, struct sv upstream, struct sv partition,
        struct sv version, struct sv check)
{
	struct sv name = arena_svf(h->a, SV_FMT "\n" SV_FMT "\n" SV_FMT "\n" SV_FMT "\n" SV_FMT "\n" SV_FMT,
	                           SV_ARG(d->asset), SV_ARG(d->partition), SV_ARG(upstream),
	                           SV_ARG(partition), SV_ARG(version), SV_ARG(check));
	struct map_entry *e = map_put(&h->by_name, name);

	if (e->value == NULL) {
		*LIST_ADD(h->a,
		          &h->found) = (struct gate_case){.gate = arena_sv(h->a, d->asset),
		                                          .gate_partition = arena_sv(h->a, d->partition),
		                                          .upstream = arena_sv(h->a, upstream),
		                                          .partition = arena_sv(h->a, partition),
		                                          .version = arena_sv(h->a, version),
		                                          .check = arena_sv(h->a, check),
		                                          .first_us = d->at_us,
		                                          .let_us = TIME_NONE};
		e->value = (void *)(uintptr_t)h->found.n;
	}
	return &h->found.v[(uintptr_t)e->value - 1];
}

static struct gate_tally *
gate_of(struct history *h, struct sv asset)
{
	struct map_entry *e = map_put(&h->gates, asset);

	if (e->value == NULL) {
		*LIST_ADD(h->a, &h->gate) = (struct gate_tally){.asset = e->key};
		e->value = (void *)(uintptr_t)h->gate.n;
	}
	return &h->gate.v[(uintptr_t)e->value - 1];
}

static struct check_tally *
check_of(struct history *h, struct sv check)
{
	struct map_entry *e = map_put(&h->checks, check);

	if (e->value == NULL) {
		*LIST_ADD(h->a, &h->check) = (struct check_tally){.check = e->key};
		e->value = (void *)(uintptr_t)h->check.n;
	}
	return &h->check.v[(uintptr_t)e->value - 1];
}

static bool
is_overridden(const struct read_decision *r)
{
	for (size_t i = 0; i < r->reason.n; i++)
		if (r->reason.v[i].kind == REASON_OVERRIDDEN)
			return true;
	return false;
}

/* Decisions come newest first: what is first is what comes last. */
static void
note_case(struct gate_case *c, const struct stored_decision *d, bool let)
{
	c->first_us = MIN(c->first_us, d->at_us);
	if (let)
		c->let_us = c->let_us == TIME_NONE ? d->at_us : MIN(c->let_us, d->at_us);
}

static bool
note_decision(struct history *h, struct arena *scratch, const struct stored_decision *d)
{
	struct json_reader r = {.a = scratch, .err = h->err, .what = "a logged decision"};
	struct read_decision read = {0};
	struct gate_tally *gate = gate_of(h, d->asset);
	bool allow = sv_is(d->decision, "allow"), overridden;

	json_scan_init(&r.s, d->json);
	if (!reader_object(&r, MEMBERS(decision_members), &read, json_next(&r.s)))
		return false;
	overridden = is_overridden(&read);
	gate->allow += allow;
	gate->block += !allow;
	gate->shadow += allow && read.would_block;
	gate->overridden += overridden;
	gate->answers += d->count;
	for (size_t i = 0; i < read.reason.n; i++) {
		const struct read_reason *x = &read.reason.v[i];
		bool failed = x->kind == REASON_CHECK_FAILED || x->kind == REASON_CHECK_ERROR;
		struct gate_case *c;

		if (x->check.n == 0 || x->version.n == 0 || (!failed && x->kind != REASON_WAIVED))
			continue;
		c = case_of(h, d, x->upstream, x->partition, x->version, x->check);
		c->blocked = c->blocked || (failed && x->effect == EFFECT_BLOCK);
		c->overridden = c->overridden || (failed && overridden);
		c->waived = c->waived || x->kind == REASON_WAIVED;
		note_case(c, d, allow && (overridden || x->kind == REASON_WAIVED));
	}
	for (size_t i = 0; allow && !read.would_block && i < read.input.n; i++) {
		const struct read_input *in = &read.input.v[i];
		struct gate_case *c;

		if (in->version.n == 0)
			continue;
		c = case_of(h, d, in->upstream, in->partition, in->version, (struct sv){0});
		c->open = true;
		note_case(c, d, false);
	}
	return true;
}

static bool
read_log(struct history *h, int64_t since_us, int64_t until_us, bool *cut)
{
	struct decision_filter f = {.since_us = since_us, .until_us = until_us, .max = PAGE};
	AUTO(arena) scratch = arena_new();
	size_t n = PAGE;

	for (size_t total = 0; n == PAGE && total < GATE_HISTORY_MAX; total += n) {
		struct stored_decision *d;

		arena_reset(scratch);
		if (!store_find_decisions(h->s, scratch, &f, &d, &n, h->err))
			return false;
		for (size_t i = 0; i < n; i++)
			if (!note_decision(h, scratch, &d[i]))
				return false;
		if (n > 0)
			f.before_seq = d[n - 1].seq;
	}
	*cut = n == PAGE;
	return true;
}

/* What became of it ---------------------------------------------------------------------------------------------- */

static bool
was_read(const struct event *made, const struct gate_case *c)
{
	for (size_t i = 0; i < made->ninput; i++)
		if (sv_eq(made->input[i].key, c->upstream) && sv_eq(made->input[i].version, c->version))
			return true;
	return false;
}

/* The output that was made next from that version: did all its blocking checks pass? */
static bool
output_passed(struct history *h, struct arena *scratch, const struct gate_case *c, bool *ret)
{
	const struct event_filter f = {.asset = c->gate,
	                               .partition = c->gate_partition,
	                               .kind = EVENT_MATERIALIZED,
	                               .since_us = c->let_us,
	                               .until_us = TIME_NONE,
	                               .before_us = TIME_NONE};
	const struct event *next = NULL;
	struct stored_verdict *v;
	struct event *e;
	size_t n, passed = 0;

	*ret = false;
	if (!store_find_events(h->s, scratch, &f, EVENTS_MAX, &e, &n, h->err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (was_read(&e[i], c))
			next = &e[i];
	if (next == NULL || next->version.n == 0)
		return true;
	if (!store_verdicts(h->s, scratch, c->gate, next->partition, next->version, &v, &n, h->err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (check_blocks(v[i].blocking, v[i].severity, v[i].outcome) || v[i].outcome == OUTCOME_ERROR)
			return true;
		passed += v[i].outcome == OUTCOME_PASS;
	}
	*ret = passed > 0;
	return true;
}

static bool
judge_case(struct history *h, struct arena *scratch, const struct gate_case *c)
{
	struct stored_verdict *v;
	bool passed = false, needless = false;
	struct check_tally *t;
	size_t n;

	if (!store_verdicts(h->s, scratch, c->upstream, c->partition, c->version, &v, &n, h->err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (v[i].at_us <= c->first_us)
			continue;
		if (c->open && check_blocks(v[i].blocking, v[i].severity, v[i].outcome))
			check_of(h, v[i].check_id)->allows_false++;
		passed = passed || (sv_eq(v[i].check_id, c->check) && v[i].outcome == OUTCOME_PASS);
	}
	if (c->check.n == 0)
		return true;
	if (c->let_us != TIME_NONE && !output_passed(h, scratch, c, &needless))
		return false;
	t = check_of(h, c->check);
	t->blocks += c->blocked;
	t->blocks_false += c->blocked && passed;
	t->overridden += c->overridden;
	t->waived += c->waived;
	t->blocks_needless += needless;
	return true;
}

static int
compare_checks(const void *a, const void *b)
{
	const struct check_tally *x = a, *y = b;

	if (x->blocks != y->blocks)
		return x->blocks > y->blocks ? -1 : 1;
	return sv_cmp(x->check, y->check);
}

static int
compare_gates(const void *a, const void *b)
{
	const struct gate_tally *x = a, *y = b;

	if (x->answers != y->answers)
		return x->answers > y->answers ? -1 : 1;
	return sv_cmp(x->asset, y->asset);
}

bool
gate_history(struct store *s, struct arena *a, int64_t since_us, int64_t until_us, struct gate_history *ret,
             struct err *err)
{
	struct history h = {.s = s, .a = a, .err = err};
	AUTO(arena) scratch = arena_new();
	bool cut = false;

	map_init(&h.by_name, a);
	map_init(&h.checks, a);
	map_init(&h.gates, a);
	if (!read_log(&h, since_us, until_us, &cut))
		return false;
	for (size_t i = 0; i < h.found.n; i++) {
		arena_reset(scratch);
		if (!judge_case(&h, scratch, &h.found.v[i]))
			return false;
	}
	if (h.check.n > 0)
		qsort(h.check.v, h.check.n, sizeof(*h.check.v), compare_checks);
	if (h.gate.n > 0)
		qsort(h.gate.v, h.gate.n, sizeof(*h.gate.v), compare_gates);
	*ret = (struct gate_history){.since_us = since_us,
	                             .until_us = until_us,
	                             .check = h.check.v,
	                             .ncheck = h.check.n,
	                             .gate = h.gate.v,
	                             .ngate = h.gate.n,
	                             .cut = cut};
	return true;
}

/* Writing -------------------------------------------------------------------------------------------------------- */

void
gate_history_json(const struct gate_history *h, struct json_writer *w)
{
	json_object(w);
	json_put_str(w, "weir", PACKAGE_VERSION);
	json_put_time(w, "since", h->since_us);
	json_put_time(w, "until", h->until_us);
	json_put_bool(w, "cut", h->cut);
	json_key(w, "gates");
	json_array(w);
	for (size_t i = 0; i < h->ngate; i++) {
		const struct gate_tally *g = &h->gate[i];

		json_object_inline(w);
		json_put_sv(w, "asset", g->asset);
		json_put_i64(w, "allow", g->allow);
		json_put_i64(w, "block", g->block);
		json_put_i64(w, "shadow", g->shadow);
		json_put_i64(w, "overridden", g->overridden);
		json_put_i64(w, "answers", g->answers);
		json_object_end(w);
	}
	json_array_end(w);
	json_key(w, "checks");
	json_array(w);
	for (size_t i = 0; i < h->ncheck; i++) {
		const struct check_tally *c = &h->check[i];

		json_object_inline(w);
		json_put_sv(w, "check", c->check);
		json_put_i64(w, "blocks", c->blocks);
		json_put_i64(w, "blocks_false", c->blocks_false);
		json_put_i64(w, "overridden", c->overridden);
		json_put_i64(w, "waived", c->waived);
		json_put_i64(w, "blocks_needless", c->blocks_needless);
		json_put_i64(w, "allows_false", c->allows_false);
		json_object_end(w);
	}
	json_array_end(w);
	json_object_end(w);
}

void
gate_history_text(const struct gate_history *h, struct buf *b)
{
	if (h->cut)
		buf_printf(b, "only the newest %d decisions were read\n", GATE_HISTORY_MAX);
	if (h->ngate > 0)
		buf_puts(b, "    allow    block   shadow  overridden  answers  gate\n");
	for (size_t i = 0; i < h->ngate; i++) {
		const struct gate_tally *g = &h->gate[i];

		buf_printf(b, "%9lld%9lld%9lld%12lld%9lld  ", (long long)g->allow, (long long)g->block,
		           (long long)g->shadow, (long long)g->overridden, (long long)g->answers);
		text_plain(b, g->asset);
		buf_putc(b, '\n');
	}
	if (h->ncheck > 0)
		buf_puts(b, "\n   blocks    false  overridden   waived  needless  false allows  check\n");
	for (size_t i = 0; i < h->ncheck; i++) {
		const struct check_tally *c = &h->check[i];

		buf_printf(b, "%9lld%9lld%12lld%9lld%10lld%14lld  ", (long long)c->blocks,
		           (long long)c->blocks_false, (long long)c->overridden, (long long)c->waived,
		           (long long)c->blocks_needless, (long long)c->allows_false);
		text_plain(b, c->check);
		buf_putc(b, '\n');
	}
}
