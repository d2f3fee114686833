#include "cmd/remote_gate.h"

#include <time.h>

#include "base/duration.h"
#include "base/map.h"
#include "report/reader.h"

/* Reading ------------------------------------------------------------------------------------------------------- */

enum { UNREAD = 99 }; /* of an enum: the answer did not say */

static const char *const decision_words[] = {"allow", "block"};
static const char *const mode_words[] = {"enforce", "shadow"};

struct read_input {
	struct gate_input input;
	struct sv checks;
	unsigned freshness;
};

struct read_reason {
	struct reason reason;
	unsigned kind, effect;
};

struct read_decision {
	struct decision d;
	unsigned decision, mode;
	LIST(struct read_reason) reason;
	LIST(struct read_input) input;
	bool has_reasons, has_inputs;
};

static const struct member reason_members[] = {
	{"upstream", MEMBER_TEXT, AT(read_reason, reason.upstream)},
	{"partition", MEMBER_TEXT, AT(read_reason, reason.partition)},
	{"kind", MEMBER_ENUM, NAMED(read_reason, kind, reason_names)},
	{"check", MEMBER_TEXT, AT(read_reason, reason.check)},
	{"message", MEMBER_TEXT, AT(read_reason, reason.message)},
	{"data_version", MEMBER_TEXT, AT(read_reason, reason.data_version)},
	{"effect", MEMBER_ENUM, .at = offsetof(struct read_reason, effect), .names = effect_names,
         .nnames = 3},
};

static const struct member input_members[] = {
	{"upstream", MEMBER_TEXT, AT(read_input, input.upstream)},
	{"partition", MEMBER_TEXT, AT(read_input, input.partition)},
	{"data_version", MEMBER_TEXT, AT(read_input, input.data_version)},
	{"freshness", MEMBER_ENUM, NAMED(read_input, freshness, fresh_status_names)},
	{"checks", MEMBER_TEXT, AT(read_input, checks)},
	{"elsewhere", MEMBER_BOOL, AT(read_input, input.elsewhere)},
	{"observed_at", MEMBER_TIME, AT(read_input, input.observed_us)},
};

static bool
read_reasons(struct json_reader *r, void *base, enum json_event e)
{
	struct read_decision *d = base;

	d->has_reasons = true;
	return READ_LIST(r, e, &d->reason, MEMBERS(reason_members),
	                 ((struct read_reason){.kind = UNREAD, .effect = UNREAD}));
}

static bool
read_inputs(struct json_reader *r, void *base, enum json_event e)
{
	struct read_decision *d = base;

	d->has_inputs = true;
	return READ_LIST(r, e, &d->input, MEMBERS(input_members),
	                 ((struct read_input){.freshness = UNREAD, .input.observed_us = TIME_NONE}));
}

static const struct member decision_members[] = {
	{"asset", MEMBER_TEXT, AT(read_decision, d.asset)},
	{"partition", MEMBER_TEXT, AT(read_decision, d.partition)},
	{"decision", MEMBER_ENUM, NAMED(read_decision, decision, decision_words)},
	{"mode", MEMBER_ENUM, NAMED(read_decision, mode, mode_words)},
	{"decided_at", MEMBER_TIME, AT(read_decision, d.decided_us)},
	{"catalog", MEMBER_STRING, AT(read_decision, d.catalog_hash)},
	{"reasons", MEMBER_OTHER, .read = read_reasons},
	{"inputs", MEMBER_OTHER, .read = read_inputs},
};

/* Of two values of one key, readers take whichever they like. */
static bool
says_each_once(struct arena *a, struct sv json)
{
	struct json_scanner s;
	struct map seen;
	enum json_event e;

	map_init(&seen, a);
	json_scan_init(&s, json);
	if (json_next(&s) != JSON_OBJECT)
		return false;
	while ((e = json_next(&s)) == JSON_KEY) {
		if (map_has(&seen, s.text))
			return false;
		(void)map_put(&seen, s.text);
		if (!json_skip(&s, json_next(&s)))
			return false;
	}
	return e == JSON_OBJECT_END && json_next(&s) == JSON_END;
}

static bool
take_reasons(struct arena *a, struct read_decision *r)
{
	struct decision *d = &r->d;

	d->reason = ARENA_ARRAY(a, struct reason, MAX(r->reason.n, (size_t)1));
	d->nreason = r->reason.n;
	for (size_t i = 0; i < d->nreason; i++) {
		if (r->reason.v[i].kind == UNREAD || r->reason.v[i].effect == UNREAD)
			return false;
		d->reason[i] = r->reason.v[i].reason;
		d->reason[i].kind = (enum reason_kind)r->reason.v[i].kind;
		d->reason[i].effect = (enum gate_effect)r->reason.v[i].effect;
		d->would_block = d->would_block || d->reason[i].effect == EFFECT_BLOCK;
	}
	return true;
}

static bool
take_inputs(struct arena *a, struct read_decision *r)
{
	struct decision *d = &r->d;

	d->input = ARENA_ARRAY(a, struct gate_input, MAX(r->input.n, (size_t)1));
	d->ninput = r->input.n;
	for (size_t i = 0; i < d->ninput; i++) {
		struct gate_input *in = &d->input[i];
		struct sv checks = r->input.v[i].checks;

		*in = r->input.v[i].input;
		if (in->upstream.n == 0 || r->input.v[i].freshness == UNREAD)
			return false;
		in->freshness = (enum fresh_status)r->input.v[i].freshness;
		in->stamp_us = in->started_us = TIME_NONE;
		in->cap = EFFECT_BLOCK;
		in->unchecked = sv_is(checks, "unchecked");
		in->checks = OUTCOME_SKIPPED;
		for (size_t k = 0; k < LEN(outcome_names); k++)
			if (sv_is(checks, outcome_names[k]))
				in->checks = (enum outcome)k;
	}
	return true;
}

static bool
no_decision(const char *what, struct err *err)
{
	err_set(err, ERR_STORE, NOWHERE, "the answer is no decision: %s", what);
	return err_hint(err, "The service may be another version of weir.");
}

/* An answer on another asset opens nothing, whatever it says. */
static bool
is_about(const struct decision *d, const struct gate_request *asked, struct err *err)
{
	if (sv_eq(d->asset, asked->asset) && sv_eq(d->partition, asked->partition))
		return true;
	err_set(err, ERR_STORE, NOWHERE,
	        "asked about '" SV_FMT "'%s" SV_FMT ", the service answered about '" SV_FMT "'%s" SV_FMT,
	        SV_ARG(asked->asset), asked->partition.n > 0 ? " " : "", SV_ARG(asked->partition),
	        SV_ARG(d->asset), d->partition.n > 0 ? " " : "", SV_ARG(d->partition));
	return err_hint(err, "If both mean the same, ask by the name that it uses.");
}

bool
remote_gate_read(struct arena *a, struct sv json, const struct gate_request *asked, struct decision *ret,
                 struct err *err)
{
	struct json_reader r = {.a = a, .err = err, .what = "the decision"};
	struct read_decision read = {
		.d = {.decided_us = TIME_NONE, .catalog_hash = ""}, .decision = UNREAD, .mode = UNREAD};
	struct decision *d = &read.d;

	if (!says_each_once(a, json))
		return no_decision("it is damaged, or cut off", err);
	json_scan_init(&r.s, json);
	if (!reader_object(&r, MEMBERS(decision_members), &read, json_next(&r.s)))
		return false;
	if (read.decision == UNREAD || read.mode == UNREAD || d->decided_us == TIME_NONE ||
	    !read.has_reasons || !read.has_inputs || !take_reasons(a, &read) || !take_inputs(a, &read))
		return no_decision("something is missing", err);
	if (!is_about(d, asked, err))
		return false;
	d->allow = read.decision == 0;
	d->shadow = read.mode == 1;
	if (d->allow != (d->shadow || !d->would_block))
		return no_decision("it contradicts its reasons", err);
	*ret = *d;
	return true;
}

void
remote_gate_undecided(struct arena *a, const struct gate_request *asked, const struct err *why,
                      struct decision *ret)
{
	struct reason *reason = ARENA_NEW(a, struct reason);
	struct clock clock = clock_system;
	char text[512];

	*reason = (struct reason){
		.kind = REASON_UNDECIDED,
		.upstream = asked->asset,
		.message = arena_svf(a, "%s", err_text(why, text, sizeof(text))),
		.effect = EFFECT_BLOCK,
	};
	*ret = (struct decision){
		.asset = asked->asset,
		.partition = asked->partition,
		.would_block = true,
		.decided_us = clock_now_us(&clock),
		.catalog_hash = "",
		.reason = reason,
		.nreason = 1,
	};
}

/* Asking -------------------------------------------------------------------------------------------------------- */

/* Proxies cut what is silent for a minute, so a long wait is asked for in pieces. */
#define PIECE_US (30 * US_PER_S)

static struct sv
named_versions(struct arena *a, const struct gate_request *asked)
{
	AUTO(buf) b = buf_new((size_t)1 << 20);

	for (size_t i = 0; i < asked->nnamed; i++) {
		const struct gate_named *n = &asked->named[i];

		buf_printf(b, "%s" SV_FMT "%s" SV_FMT "@" SV_FMT, i > 0 ? "," : "", SV_ARG(n->upstream),
		           n->partition.n > 0 ? "|" : "", SV_ARG(n->partition), SV_ARG(n->version));
	}
	return arena_sv(a, buf_sv(b));
}

static bool
ask(struct remote *r, struct arena *a, const struct gate_request *asked, int64_t wait_us, bool once,
    struct decision *ret, struct err *err)
{
	AUTO(buf) path = buf_new((size_t)1 << 20);
	char words[DURATION_MAX];
	struct sv json;

	buf_puts(path, "/v1/gates");
	remote_segment(path, asked->asset);
	remote_param(path, "look", SV("1"));
	if (asked->partition.n > 0)
		remote_param(path, "partition", asked->partition);
	if (asked->run)
		remote_param(path, "run", SV("1"));
	if (wait_us > 0)
		remote_param(path, "wait", sv_of(duration_format(wait_us, words)));
	if (asked->nnamed > 0)
		remote_param(path, "version", named_versions(a, asked));
	if (!buf_check(path, "the question", err))
		return false;
	return remote_ask(r, a,
	                  &(struct remote_call){
				  .method = HTTP_GET, .path = buf_sv(path), .wait_us = wait_us, .once = once},
	                  &json, NULL, err) &&
	       remote_gate_read(a, json, asked, ret, err);
}

/* Whoever waits for inputs waits for the service as well. */
static bool
ask_until(struct remote *r, struct arena *a, const struct gate_request *asked, struct decision *ret,
          struct err *err)
{
	const int64_t start_ns = clock_mono_ns();
	int64_t left_us = asked->wait_us;

	for (;;) {
		int64_t piece_us = MIN(left_us, PIECE_US) / US_PER_S * US_PER_S;
		bool decided = ask(r, a, asked, piece_us, left_us > PIECE_US, ret, err);

		left_us = asked->wait_us - (clock_mono_ns() - start_ns) / 1000;
		if (decided ? !gate_worth_waiting(ret) : err->code != ERR_STORE)
			return decided;
		if (left_us < US_PER_S)
			return decided;
		/* An answer that came at once would otherwise be asked for as fast as the wires can. */
		nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
	}
}

static bool
override(struct remote *r, struct arena *a, const struct gate_request *asked, struct decision *ret,
         struct err *err)
{
	AUTO(buf) path = buf_new(1 << 16);
	AUTO(buf) body = buf_new(1 << 16);
	char words[DURATION_MAX];
	struct json_writer j;
	struct sv json;

	buf_puts(path, "/v1/gates");
	remote_segment(path, asked->asset);
	buf_puts(path, "/override");
	json_write_init(&j, body, 0);
	json_object(&j);
	json_put_sv(&j, "partition", asked->partition);
	json_put_sv(&j, "reason", asked->override_reason);
	json_put_str(&j, "for", duration_format(asked->for_us, words));
	json_object_end(&j);
	return buf_check(path, "the path", err) && buf_check(body, "the override", err) &&
	       remote_ask(
		       r, a,
		       &(struct remote_call){.method = HTTP_POST, .path = buf_sv(path), .body = buf_sv(body)},
		       &json, NULL, err) &&
	       remote_gate_read(a, json, asked, ret, err);
}

bool
remote_gate(struct remote *r, struct arena *a, const struct gate_request *asked, struct decision *ret,
            struct err *err)
{
	if (!ask_until(r, a, asked, ret, err))
		return false;
	return asked->override_reason.n == 0 || !ret->would_block || override(r, a, asked, ret, err);
}
