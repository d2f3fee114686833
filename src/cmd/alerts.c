/* weir alerts: what was sent to whom, and what was not: the outbox and the channels. */
#include "alert/alert.h"

#include <stdio.h>

#include "alert/channel.h"
#include "base/duration.h"
#include "cmd/commands.h"
#include "cmd/workspace.h"
#include "report/text.h"

enum { LIST_DEFAULT = 50, OUT_MAX = 256 << 20 };
#define SEND_DEFAULT_US (10 * US_PER_MIN)

static const char *const verbs[] = {"list", "send", "retry", "test", NULL};
enum verb { VERB_LIST, VERB_SEND, VERB_RETRY, VERB_TEST };

static const char *const states[] = {"pending", "sent", "dead", NULL};

static const struct option_def alerts_options[] = {
	{"state", 0, OPT_ENUM, "STATE", states, "list: only those that are pending, sent or dead."},
	{"limit", 0, OPT_INT, "N", NULL, "list: how many, newest first; default 50."},
	{"for", 0, OPT_DURATION, "DUR", NULL, "send: stops after that long; default 10m."},
	{"all", 0, OPT_FLAG, NULL, NULL, "retry: all messages that are dead."},
	{"channel", 0, OPT_TEXT, "NAME", NULL, "retry --all: only those to this channel."},
};
/* Which of them each verb takes. */
static const char *const takes[][3] = {
	[VERB_LIST] = {"state", "limit", NULL},
	[VERB_SEND] = {"for", NULL},
	[VERB_RETRY] = {"all", "channel", NULL},
	[VERB_TEST] = {NULL},
};

/* An option of another verb would be ignored, and whoever gave it meant something. */
static bool
options_fit(const struct options *o, enum verb verb, struct err *err)
{
	const int max = verb == VERB_SEND ? 1 : 2;

	for (size_t i = 0; i < LEN(alerts_options); i++) {
		const char *name = alerts_options[i].name;
		bool fits = false;

		for (const char *const *t = takes[verb]; *t != NULL; t++)
			fits = fits || strcmp(*t, name) == 0;
		if (opt(o, name)->given && !fits)
			return err_set(err, ERR_USAGE, NOWHERE, "weir alerts %s takes no --%s", verbs[verb],
			               name);
	}
	if (o->narg > max)
		return err_set(err, ERR_USAGE, NOWHERE, "weir alerts %s takes no '%s'", verbs[verb],
		               o->arg[max]);
	if (verb == VERB_TEST && o->narg < 2)
		return err_set(err, ERR_USAGE, NOWHERE, "weir alerts test needs the name of a CHANNEL");
	if (verb == VERB_RETRY && (o->narg == 2) == opt_flag(o, "all")) {
		err_set(err, ERR_USAGE, NOWHERE, "weir alerts retry needs the ID of a message, or --all");
		return err_hint(err, "weir alerts list --state dead shows what was given up");
	}
	if (verb == VERB_RETRY && o->narg == 2 && opt(o, "channel")->given)
		return err_set(err, ERR_USAGE, NOWHERE, "--channel goes with --all, not with one message");
	return true;
}

/* List ---------------------------------------------------------------------------------------------------------- */

/* What the message says in one line; a body that cannot be read says so. */
static struct sv
title_of(struct arena *a, const struct message *m)
{
	struct notice n;

	if (!notice_parse(a, m->body, &n, NULL))
		return SV("(its text cannot be read)");
	return notice_title(a, &n);
}

static void
put_message(struct json_writer *j, struct arena *a, const struct message *m)
{
	json_put_sv(j, "id", m->id);
	json_put_time(j, "created_at", m->created_us);
	json_put_sv(j, "channel", m->channel);
	json_put_sv(j, "type", m->type);
	json_put_sv(j, "title", title_of(a, m));
	json_put_sv(j, "state", sv_of(message_state_names[m->state]));
	json_put_i64(j, "attempts", m->attempts);
	json_put_time(j, "next_at", m->state == MESSAGE_PENDING ? m->next_us : TIME_NONE);
	json_put_time(j, "settled_at", m->settled_us);
	json_put_sv(j, "outcome", m->outcome);
	json_key(j, "incidents");
	json_array_inline(j);
	for (size_t i = 0; i < m->nincident; i++)
		json_sv(j, m->incident[i]);
	json_array_end(j);
}

static int
moment_width(const struct message *m, size_t n, int64_t now_us)
{
	char at[DURATION_MAX];
	int width = 0;

	for (size_t i = 0; i < n; i++)
		width = MAX(width, (int)strlen(moment_words(m[i].created_us, now_us, at)));
	return width;
}

/* The state first, which is what people look for; a second line says why it was not sent. */
static void
text_message(const struct report_style *s, struct buf *b, struct arena *a, const struct message *m,
             int64_t now_us, int width)
{
	AUTO(buf) line = buf_new(1 << 20);
	char at[DURATION_MAX];

	buf_printf(line, "%-7s  %-*s  " SV_FMT "  ", message_state_names[m->state], width,
	           moment_words(m->created_us, now_us, at), SV_ARG(m->id));
	text_plain(line, m->channel);
	buf_puts(line, "  ");
	/* The receipt: what the receiver said. */
	if (m->state == MESSAGE_SENT && m->outcome.n > 0) {
		text_plain(line, m->outcome);
		buf_puts(line, "  ");
	}
	text_plain(line, title_of(a, m));
	text_line(s, b, buf_sv(line));
	if (m->state == MESSAGE_SENT || m->attempts == 0)
		return;
	buf_clear(line);
	buf_puts(line, "         ");
	text_plain(line, m->outcome);
	buf_printf(line, "; tried %lld time%s", (long long)m->attempts, m->attempts == 1 ? "" : "s");
	if (m->state == MESSAGE_PENDING)
		buf_printf(line, ", again %s",
		           m->next_us <= now_us ? "when weir alerts send runs"
		                                : moment_words(m->next_us, now_us, at));
	text_line(s, b, buf_sv(line));
}

static void
put_attempts(struct json_writer *j, const struct attempt *at, size_t n)
{
	json_key(j, "tries");
	json_array(j);
	for (size_t i = 0; i < n; i++) {
		json_object_inline(j);
		json_put_i64(j, "number", at[i].number);
		json_put_time(j, "at", at[i].at_us);
		json_put_i64(j, "status", at[i].status);
		json_put_f64(j, "duration_ms", at[i].duration_ms);
		json_put_sv(j, "outcome", at[i].outcome);
		json_object_end(j);
	}
	json_array_end(j);
}

static int
finish_list(struct buf *text)
{
	struct err err = {0};

	if (!buf_check(text, "the list", &err))
		return output_failure(&err);
	return output_text(buf_sv(text), 0);
}

/* One message with every attempt and what it says. */
static int
show_message(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	const struct sv id = sv_of(o->arg[1]);
	struct json_writer j;
	struct attempt *at;
	struct err err = {0};
	struct message m;
	int64_t now_us;
	bool found;
	size_t n;

	if (!store_message(w->w.store, o->a, id, &m, &found, &err) ||
	    !store_attempts(w->w.store, o->a, id, &at, &n, &err))
		return output_failure(&err);
	if (!found) {
		err_set(&err, ERR_USAGE, NOWHERE, "there is no message '" SV_FMT "' in the outbox",
		        SV_ARG(id));
		err_hint(&err, "weir alerts list shows their ids");
		return output_failure(&err);
	}
	if (sv_is(opt_text(o, "format"), "json")) {
		json_write_init(&j, text, 2);
		json_object(&j);
		put_message(&j, o->a, &m);
		put_attempts(&j, at, n);
		json_put_raw(&j, "payload", m.body);
		json_object_end(&j);
		buf_putc(text, '\n');
		return finish_list(text);
	}
	now_us = clock_now_us(w->w.clock);
	text_message(&w->style, text, o->a, &m, now_us, moment_width(&m, 1, now_us));
	for (size_t i = 0; i < n; i++) {
		char when[RFC3339_MAX];

		buf_printf(text, "  %3lld  %s  %.0f ms  ", (long long)at[i].number,
		           rfc3339_format(at[i].at_us, when), at[i].duration_ms);
		text_plain(text, at[i].outcome);
		buf_putc(text, '\n');
	}
	text_plain(text, m.body);
	buf_putc(text, '\n');
	return finish_list(text);
}

static int
list_messages(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	const int state = opt(o, "state")->given ? (int)opt_number(o, "state", 0) : -1;
	struct json_writer j;
	struct message *m;
	struct err err = {0};
	int64_t now_us;
	size_t n;

	if (!store_list_messages(w->w.store, o->a, state, (size_t)opt_number(o, "limit", LIST_DEFAULT), &m,
	                         &n, &err))
		return output_failure(&err);
	if (sv_is(opt_text(o, "format"), "json")) {
		json_write_init(&j, text, 2);
		json_array(&j);
		for (size_t i = 0; i < n; i++) {
			json_object(&j);
			put_message(&j, o->a, &m[i]);
			json_object_end(&j);
		}
		json_array_end(&j);
		buf_putc(text, '\n');
		return finish_list(text);
	}
	now_us = clock_now_us(w->w.clock);

	const int width = moment_width(m, n, now_us);

	for (size_t i = 0; i < n; i++)
		text_message(&w->style, text, o->a, &m[i], now_us, width);
	return output_list(text,
	                   state >= 0 ? "no message is in that state"
	                   : w->w.catalog->alerts.enabled
	                           ? "no alerts yet: nothing that a route matches was wrong"
	                           : "no alerts: they are off (alerts: {enabled: true} switches them on)");
}

/* Send, retry, test --------------------------------------------------------------------------------------------- */

static int
send_messages(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	struct delivery d;
	struct err err = {0};
	int64_t next_us;

	if (!w->w.catalog->alerts.enabled) {
		err_set(&err, ERR_USAGE, NOWHERE, "alerts are off in environment '" SV_FMT "'",
		        SV_ARG(w->w.catalog->env));
		err_hint(&err,
		         "alerts: {enabled: true} switches them on; choose another environment with --env");
		return output_failure(&err);
	}
	if (!alerts_tick(&w->w, &next_us, &err) ||
	    !alerts_send(&w->w, opt_number(o, "for", SEND_DEFAULT_US), &d, &err))
		return output_failure(&err);
	if (sv_is(opt_text(o, "format"), "json")) {
		struct json_writer j;

		json_write_init(&j, text, 2);
		json_object(&j);
		json_put_i64(&j, "sent", d.sent);
		json_put_i64(&j, "failed", d.failed);
		json_put_i64(&j, "dead", d.dead);
		json_put_i64(&j, "waiting", d.waiting);
		json_put_sv(&j, "trouble", d.trouble);
		json_object_end(&j);
	} else {
		buf_printf(text, "%lld sent, %lld failed, %lld given up, %lld waiting", (long long)d.sent,
		           (long long)d.failed, (long long)d.dead, (long long)d.waiting);
		if (d.trouble.n > 0)
			buf_puts(text, "; ");
		text_plain(text, d.trouble);
	}
	buf_putc(text, '\n');
	return output_text(buf_sv(text), d.failed + d.dead > 0 ? 1 : 0);
}

static int
retry_messages(struct options *o, struct opened *w)
{
	const struct sv id = o->narg == 2 ? sv_of(o->arg[1]) : (struct sv){0};
	struct err err = {0};
	int64_t n;

	if (!store_revive_messages(w->w.store, id, opt_text(o, "channel"), clock_now_us(w->w.clock), &n,
	                           &err))
		return output_failure(&err);
	if (n == 0 && id.n > 0) {
		err_set(&err, ERR_USAGE, NOWHERE, "no message '" SV_FMT "' is dead", SV_ARG(id));
		err_hint(&err, "weir alerts list --state dead shows what was given up");
		return output_failure(&err);
	}
	printf("%lld message%s due again\n", (long long)n, n == 1 ? " is" : "s are");
	return output_finish(0);
}

static int
test_channel(struct options *o, struct opened *w)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	struct attempt at;
	struct err err = {0};
	bool ok;

	if (!alerts_test(&w->w, sv_of(o->arg[1]), &at, &ok, &err))
		return output_failure(&err);
	text_plain(text, sv_of(o->arg[1]));
	buf_puts(text, ok ? ": delivered (" : ": not delivered: ");
	text_plain(text, at.outcome);
	if (ok)
		buf_printf(text, ", %.0f ms)", at.duration_ms);
	buf_putc(text, '\n');
	return output_text(buf_sv(text), ok ? 0 : 1);
}

static int
alerts_run(struct options *o)
{
	struct err err = {0};
	struct opened w;
	size_t verb = 0;
	int status;

	while (strcmp(o->arg[0], verbs[verb]) != 0)
		verb++;
	if (!options_fit(o, (enum verb)verb, &err))
		return output_failure(&err);
	if (!opened_workspace(o, verb == VERB_SEND || verb == VERB_RETRY ? STORE_WRITE : STORE_READ, &w,
	                      &status))
		return status;
	switch ((enum verb)verb) {
	case VERB_LIST:
		status = o->narg == 2 ? show_message(o, &w) : list_messages(o, &w);
		break;
	case VERB_SEND:
		status = send_messages(o, &w);
		break;
	case VERB_RETRY:
		status = retry_messages(o, &w);
		break;
	case VERB_TEST:
		status = test_channel(o, &w);
		break;
	}
	opened_close(&w);
	return status;
}

const struct command cmd_alerts = {
	.name = "alerts",
	.instead =
		"The service sends by itself; its outbox is looked at beside its state: weir alerts on that machine.",
	.group = GROUP_PROBLEM,
	.synopsis = "list [ID] | send | retry ID|--all | test CHANNEL",
	.summary = "Shows which alerts were sent, and sends those that are due",
	.doc = "list shows the receipts, or one message with its attempts and payload.  send tries what is "
	       "due once: run it "
	       "from cron\n"
	       "every few minutes, so that what a receiver missed arrives when it is back.  Status 1: "
	       "something failed "
	       "or was given up.\n"
	       "retry makes given-up messages due again.  test sends a message to a channel now; status 1: "
	       "it was not "
	       "delivered.",
	.example = "weir alerts send --env prod",
	.formats = formats_text_json,
	.option = alerts_options,
	.noption = LEN(alerts_options),
	.min_args = 1,
	.max_args = 2,
	.verbs = verbs,
	.run = alerts_run,
};
