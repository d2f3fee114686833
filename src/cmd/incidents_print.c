#include "cmd/incidents.h"

#include "alert/notice.h"
#include "base/duration.h"
#include "report/text.h"

enum { OUT_MAX = 256 << 20 };

static bool
is_json(const struct options *o)
{
	return sv_is(opt_text(o, "format"), "json");
}

/* Incidents ------------------------------------------------------------------------------------------------------- */

static void
put_row(const struct report_style *style, struct buf *b, const struct incident_view *v)
{
	AUTO(buf) line = buf_new(1 << 20);
	const struct incident *i = v->incident;
	char at[DURATION_MAX];

	buf_printf(line, "%-12s  %-8s  ", incident_state_name(i, v->now_us), severity_names[i->severity]);
	text_plain(line, i->id);
	buf_printf(line, "  %-14s  ", moment_words(i->opened_us, v->now_us, at));
	text_plain(line, i->title);
	if (i->acked_by.n > 0 && i->resolved_us == TIME_NONE) {
		buf_puts(line, "  by ");
		text_plain(line, i->acked_by);
	}
	if (v->hold != NULL)
		buf_printf(line, "  (%s, ends %s)", v->hold->maintenance ? "maintenance" : "muted",
		           moment_words(v->hold->until_us, v->now_us, at));
	text_line(style, b, buf_sv(line));
}

int
incidents_print(const struct options *o, const struct incident_view *v, size_t n, const char *nothing)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	const struct report_style style = output_style(o);
	struct json_writer j;

	json_write_init(&j, text, 2);
	if (is_json(o))
		json_array(&j);
	for (size_t i = 0; i < n; i++)
		if (is_json(o))
			report_incident(&j, &v[i]);
		else
			put_row(&style, text, &v[i]);
	if (is_json(o)) {
		json_array_end(&j);
		buf_putc(text, '\n');
	}
	return output_list(text, nothing);
}

static void
put_pair(struct buf *b, const char *name, struct sv value)
{
	if (value.n == 0)
		return;
	buf_printf(b, "  %-12s ", name);
	text_plain(b, value);
	buf_putc(b, '\n');
}

static void
put_moment(struct buf *b, const char *name, int64_t t_us)
{
	char at[RFC3339_MAX];

	if (t_us != TIME_NONE)
		put_pair(b, name, sv_of(rfc3339_seconds(t_us, at)));
}

static void
put_event(struct buf *b, const struct incident_event *e)
{
	char at[RFC3339_MAX];

	buf_printf(b, "  %s  ", rfc3339_seconds(e->at_us, at));
	if (sv_is(e->kind, "told")) {
		buf_puts(b, "told ");
		text_plain(b, e->channel);
		buf_puts(b, ": ");
		text_plain(b, e->change);
		if (e->delivery.n > 0) {
			buf_puts(b, " (");
			text_plain(b, e->delivery);
			buf_putc(b, ')');
		}
		buf_putc(b, '\n');
		return;
	}
	text_plain(b, e->kind);
	if (e->who.n > 0) {
		buf_puts(b, " by ");
		text_plain(b, e->who);
	}
	if (e->detail.n > 0) {
		buf_puts(b, ": ");
		text_plain(b, e->detail);
	}
	buf_putc(b, '\n');
}

static void
put_life(struct buf *b, const struct incident_view *v)
{
	const struct incident *i = v->incident;

	put_pair(b, "id", i->id);
	put_pair(b, "state", sv_of(incident_state_name(i, v->now_us)));
	put_pair(b, "kind", i->kind);
	put_pair(b, "severity", sv_of(severity_names[i->severity]));
	put_pair(b, "asset", i->asset);
	put_pair(b, "partition", i->partition);
	put_pair(b, "check", i->check);
	put_pair(b, "message", i->message);
	put_moment(b, "opened", i->opened_us);
	put_moment(b, "last seen", i->seen_us);
	put_moment(b, "resolved", i->resolved_us);
	put_pair(b, "resolved by", i->resolved_by);
	put_pair(b, "acked by", i->acked_by);
	put_pair(b, "note", i->note);
	put_moment(b, "snoozed till", i->snoozed_until_us > v->now_us ? i->snoozed_until_us : TIME_NONE);
	put_moment(b, "quiet till", v->hold != NULL ? v->hold->until_us : TIME_NONE);
	if (v->hold != NULL)
		put_pair(b, "because", v->hold->reason);
}

static void
put_lists(struct buf *b, const struct incident *i)
{
	if (i->partitions > 0)
		buf_printf(b, "Partitions: %lld\n", (long long)i->partitions);
	for (size_t k = 0; k < i->npart; k++) {
		buf_puts(b, "  ");
		text_plain(b, i->part[k].partition);
		buf_puts(b, ": ");
		text_plain(b, i->part[k].message);
		buf_putc(b, '\n');
	}
	if (i->symptoms > 0)
		buf_printf(b, "What follows from it: %lld\n", (long long)i->symptoms);
	for (size_t k = 0; k < i->nsymptom; k++) {
		buf_puts(b, "  ");
		text_plain(b, i->symptom[k].kind);
		buf_putc(b, ' ');
		text_plain(b, i->symptom[k].asset);
		buf_puts(b, ": ");
		text_plain(b, i->symptom[k].message);
		buf_putc(b, '\n');
	}
	if (i->nsymptom > 0 && (int64_t)i->nsymptom < i->symptoms)
		buf_puts(b, "  … (--symptoms shows all)\n");
}

int
incidents_print_one(const struct options *o, const struct incident_view *v)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	struct json_writer j;
	struct err err = {0};

	if (is_json(o)) {
		json_write_init(&j, text, 2);
		report_incident(&j, v);
		buf_putc(text, '\n');
	} else {
		text_plain(text, v->incident->title);
		buf_putc(text, '\n');
		put_life(text, v);
		put_lists(text, v->incident);
		buf_puts(text, "Record\n");
		for (size_t k = 0; k < v->nevent; k++)
			put_event(text, &v->event[k]);
	}
	return buf_check(text, "the incident", &err) ? output_text(buf_sv(text), 0) : output_failure(&err);
}

/* Mutes ----------------------------------------------------------------------------------------------------------- */

static void
put_mute(const struct report_style *style, struct buf *b, const struct mute *m, int64_t now_us)
{
	AUTO(buf) line = buf_new(1 << 20);
	char until[RFC3339_MAX];
	struct sv rest = m->match;

	buf_printf(line, "%-8s  ", mute_state(m, now_us));
	text_plain(line, m->id);
	buf_printf(line, "  until %s  ", rfc3339_seconds(m->until_us, until));
	while (rest.n > 0) {
		text_plain(line, sv_cut(&rest, '\n'));
		buf_putc(line, ' ');
	}
	buf_puts(line, " by ");
	text_plain(line, m->who);
	buf_puts(line, ": ");
	text_plain(line, m->reason);
	text_line(style, b, buf_sv(line));
}

int
mutes_print(const struct options *o, const struct mute *m, size_t n, int64_t now_us)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	const struct report_style style = output_style(o);
	struct json_writer j;

	json_write_init(&j, text, 2);
	if (is_json(o))
		json_array(&j);
	for (size_t i = 0; i < n; i++)
		if (is_json(o))
			report_mute(&j, &m[i], now_us);
		else
			put_mute(&style, text, &m[i], now_us);
	if (is_json(o)) {
		json_array_end(&j);
		buf_putc(text, '\n');
	}
	return output_list(text, "nothing is muted");
}

int
mutes_print_one(const struct options *o, const struct mute *m, int64_t now_us)
{
	AUTO(buf) text = buf_new(OUT_MAX);
	const struct report_style style = output_style(o);
	struct json_writer j;

	if (is_json(o)) {
		json_write_init(&j, text, 2);
		report_mute(&j, m, now_us);
		buf_putc(text, '\n');
	} else {
		put_mute(&style, text, m, now_us);
	}
	return output_text(buf_sv(text), 0);
}
