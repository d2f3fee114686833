#include "report/view.h"

#include <stdlib.h>

#include "base/civil.h"
#include "base/duration.h"
#include "report/text.h"

const char *const incident_change_words[INCIDENT_CHANGES] = {
	[INCIDENT_OPENED] = "new",          [INCIDENT_STILL] = "still open",   [INCIDENT_RESOLVED] = "fixed",
	[INCIDENT_REOPENED] = "back again", [INCIDENT_ACKED] = "acknowledged", [INCIDENT_SNOOZED] = "snoozed",
	[INCIDENT_FLAPPING] = "flapping",   [INCIDENT_ESCALATED] = "escalated"};

static const struct {
	enum outcome outcome;
	const char *word;
} order[] = {
	{OUTCOME_PASS, "passed"},         {OUTCOME_WARN, "warned"},     {OUTCOME_FAIL, "failed"},
	{OUTCOME_ERROR, "not evaluated"}, {OUTCOME_SKIPPED, "skipped"},
};

void
view_counts(struct buf *b, const struct check_counts *c)
{
	int64_t total = 0;
	const char *sep = ": ";

	for (size_t i = 0; i < LEN(order); i++)
		total += c->outcome[order[i].outcome];
	buf_printf(b, "%lld check%s", (long long)total, total == 1 ? "" : "s");
	for (size_t i = 0; i < LEN(order); i++)
		if (c->outcome[order[i].outcome] > 0) {
			buf_printf(b, "%s%lld %s", sep, (long long)c->outcome[order[i].outcome],
			           order[i].word);
			sep = ", ";
		}
}

static void
put_count(struct buf *b, int64_t n, const char *one, const char *many)
{
	if (n > 0)
		buf_printf(b, "; %lld %s", (long long)n, n == 1 ? one : many);
}

void
view_headline(struct buf *b, const struct report *r)
{
	int64_t checks = 0;

	for (size_t i = 0; i < LEN(r->checks.outcome); i++)
		checks += r->checks.outcome[i];
	buf_printf(b, "%lld asset%s", (long long)r->assets, r->assets == 1 ? "" : "s");
	if (checks > 0) {
		buf_puts(b, "; ");
		view_counts(b, &r->checks);
	}
	put_count(b, r->fresh[FRESH_FAIL], "late", "late");
	put_count(b, r->fresh[FRESH_UNKNOWN], "of unknown age", "of unknown age");
	put_count(b, r->stale, "stale", "stale");
	put_count(b, (int64_t)r->norphan, "orphan", "orphans");
}

struct sv
view_label(const struct asset_result *a, const struct check *c)
{
	struct sv id = c->id;

	if (sv_starts(id, a->key) && id.n > a->key.n && id.p[a->key.n] == ':')
		return sv_skip(id, a->key.n + 1);
	return id;
}

struct sv
view_title(struct arena *a, const struct asset_result *r)
{
	return r->partition.n == 0 ? r->key
	                           : arena_svf(a, SV_FMT " " SV_FMT, SV_ARG(r->key), SV_ARG(r->partition));
}

struct sv
view_waiver(struct arena *a, const struct waiver *w)
{
	char until[RFC3339_MAX];

	return arena_svf(a, "waived by " SV_FMT " until %s: " SV_FMT, SV_ARG(w->who),
	                 rfc3339_seconds(w->until_us, until), SV_ARG(w->reason));
}

struct sv
view_message(struct arena *a, const struct check_result *c)
{
	if (c->check->severity == SEVERITY_INFO && c->verdict.outcome == OUTCOME_WARN)
		return arena_svf(a, SV_FMT " (info)", SV_ARG(c->verdict.message));
	return c->verdict.message;
}

bool
view_is_told(const struct asset_result *a, const struct check_result *c)
{
	return c->verdict.outcome == OUTCOME_ERROR && a->err.code != ERR_NONE &&
	       strcmp(c->verdict.err.msg, a->err.msg) == 0;
}

#define VALUE_MAX 60 /* bytes */

/* Long texts are cut, between characters. */
static void
put_cut(struct buf *b, struct sv text)
{
	size_t n = text.n;

	if (n > VALUE_MAX)
		for (n = VALUE_MAX; n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80; n--)
			;
	text_plain(b, (struct sv){text.p, n});
	if (n < text.n)
		buf_puts(b, "...");
}

/* A value as people write it; `None` and `True` are for Python's eyes. */
static void
put_value(struct buf *b, struct value v)
{
	AUTO(buf) text = buf_new(1 << 16);

	switch (v.kind) {
	case VALUE_NULL:
		buf_puts(b, "null");
		return;
	case VALUE_LIST:
		for (uint32_t i = 0; i < v.n; i++) {
			buf_puts(b, i > 0 ? ", " : "");
			put_value(b, v.list[i]);
		}
		return;
	case VALUE_OBJECT:
		for (uint32_t i = 0; i < v.n; i++) {
			buf_puts(b, i > 0 ? ", " : "");
			text_plain(b, v.list[2 * i].s);
			buf_putc(b, '=');
			put_value(b, v.list[2 * i + 1]);
		}
		return;
	default:
		if (!value_to_text(v, text))
			buf_clear(text);
		put_cut(b, buf_sv(text));
	}
}

static void
put_key(struct buf *b, const struct sample_row *row)
{
	/* A key that is the value itself would only be said twice. */
	if (row->nkey == 1 && value_eq(row->key[0], row->value))
		return;
	for (uint32_t k = 0; k < row->nkey; k++) {
		buf_puts(b, k == 0 ? "" : ", ");
		put_value(b, row->key[k]);
	}
}

static void
show_row(struct arena *a, const struct sample_row *row, struct shown_row *ret)
{
	AUTO(buf) text = buf_new(1 << 20);

	ret->row = row->row;
	put_key(text, row);
	ret->key = arena_sv(a, buf_sv(text));
	buf_clear(text);
	put_value(text, row->value);
	ret->value = arena_sv(a, buf_sv(text));
}

struct sample
view_sample(struct arena *a, const struct check_result *c, size_t max)
{
	const struct verdict *v = &c->verdict;
	struct sample ret = {.row = c->shown, .n = MIN(c->nshown, max)};

	if (c->shown == NULL && v->nsample > 0) {
		struct shown_row *row = ARENA_ARRAY(a, struct shown_row, MIN(v->nsample, max));

		for (ret.n = 0; ret.n < MIN(v->nsample, max); ret.n++)
			show_row(a, &v->sample[ret.n], &row[ret.n]);
		ret.row = row;
	}
	ret.more = ret.n == 0 ? 0 : MAX(0, v->unexpected_count - (int64_t)ret.n);
	return ret;
}

void
view_row(struct buf *b, const struct shown_row *row)
{
	/* A program that judged them need not know their numbers. */
	if (row->row >= 0)
		buf_printf(b, "row %lld", (long long)row->row);
	else
		buf_puts(b, "a row");
	if (row->key.n > 0) {
		buf_puts(b, " [");
		text_plain(b, row->key);
		buf_putc(b, ']');
	}
	buf_puts(b, ": ");
	text_plain(b, row->value);
}

/* "2 new", behind what stands there already. */
static void
put_change(struct buf *b, const char **sep, int64_t n, enum incident_change change)
{
	if (n > 0) {
		buf_printf(b, "%s%lld %s", *sep, (long long)n, incident_change_words[change]);
		*sep = ", ";
	}
}

void
view_news(struct buf *b, const struct report *r)
{
	int64_t n[INCIDENT_CHANGES] = {0}, oldest = TIME_NONE, symptoms = 0;
	const char *sep = "";
	char age[DURATION_MAX];

	for (size_t i = 0; i < r->nincident; i++) {
		const struct incident *it = &r->incident[i];

		n[it->change]++;
		symptoms += it->change == INCIDENT_RESOLVED ? 0 : it->symptoms;
		if (it->change == INCIDENT_STILL && it->opened_us != TIME_NONE &&
		    (oldest == TIME_NONE || it->opened_us < oldest))
			oldest = it->opened_us;
	}
	buf_puts(b, "Problems: ");
	put_change(b, &sep, n[INCIDENT_OPENED], INCIDENT_OPENED);
	put_change(b, &sep, n[INCIDENT_REOPENED], INCIDENT_REOPENED);
	put_change(b, &sep, n[INCIDENT_RESOLVED], INCIDENT_RESOLVED);
	put_change(b, &sep, n[INCIDENT_STILL], INCIDENT_STILL);
	/* An age, not a moment ago: a stored run may be read much later. */
	if (oldest != TIME_NONE && oldest < r->started_us)
		buf_printf(b, n[INCIDENT_STILL] > 1 ? " (the oldest for %s)" : " (for %s)",
		           duration_words(r->started_us - oldest, age));
	if (symptoms > 0)
		buf_printf(b, "; %lld more follow%s from these", (long long)symptoms,
		           symptoms == 1 ? "s" : "");
}

const struct incident **
view_changes(struct arena *a, const struct report *r, size_t *n)
{
	const struct incident **ret = ARENA_ARRAY(a, const struct incident *, r->nincident);
	bool mixed = false;

	for (size_t i = 0; i < r->nincident; i++)
		mixed = mixed || r->incident[i].change == INCIDENT_STILL;
	*n = 0;
	for (size_t i = 0; mixed && i < r->nincident; i++)
		if (r->incident[i].change == INCIDENT_OPENED || r->incident[i].change == INCIDENT_REOPENED)
			ret[(*n)++] = &r->incident[i];
	for (size_t i = 0; i < r->nincident; i++)
		if (r->incident[i].change == INCIDENT_RESOLVED)
			ret[(*n)++] = &r->incident[i];
	for (size_t i = 0; r->last_known && i < r->nincident; i++)
		ret[(*n)++] = &r->incident[i];
	return ret;
}

enum outcome
view_incident_outcome(const struct incident *i)
{
	if (i->change == INCIDENT_RESOLVED)
		return OUTCOME_PASS;
	return i->severity == SEVERITY_CRITICAL ? OUTCOME_FAIL : OUTCOME_WARN;
}

struct sv
view_incident_age(struct arena *a, const struct report *r, const struct incident *i)
{
	char age[DURATION_MAX];

	if (i->change == INCIDENT_OPENED || i->opened_us == TIME_NONE || i->opened_us >= r->started_us)
		return (struct sv){0};
	return arena_svf(a, i->change == INCIDENT_RESOLVED ? "after %s" : "for %s",
	                 duration_words(r->started_us - i->opened_us, age));
}

struct sv
view_incident(struct arena *a, const struct incident *i)
{
	if (i->check.n > 0 && i->partition.n > 0)
		return arena_svf(a, SV_FMT " " SV_FMT, SV_ARG(i->check), SV_ARG(i->partition));
	if (i->check.n > 0)
		return i->check;
	return i->partition.n > 0 ? arena_svf(a, SV_FMT " " SV_FMT, SV_ARG(i->asset), SV_ARG(i->partition))
	                          : i->asset;
}
