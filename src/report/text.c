/*
 * The report for people: what is wrong first and in words, aligned, with colours only where asked.
 *
 *	raw/orders 2024-01-01   12 checks: 11 passed, 1 failed           version 7f3a91c2
 *	  ✗ between:amount      3 of 10000 values are outside 0 to 500 (0.03 %)
 *	                        row 17: -5.0   row 99: 612.5
 */
#include "report/report.h"

#include "base/civil.h"
#include "base/num.h"
#include "base/utf8.h"
#include "report/text.h"
#include "report/view.h"

static const struct {
	const char *unicode, *ascii, *colour;
} marks[] = {
	[OUTCOME_PASS] = {"✓", "ok  ", "32"},   [OUTCOME_WARN] = {"!", "warn", "33"},
	[OUTCOME_FAIL] = {"✗", "FAIL", "31"},   [OUTCOME_ERROR] = {"⚠", "ERR ", "35"},
	[OUTCOME_SKIPPED] = {"–", "skip", "2"},
};

void
text_coloured(const struct report_style *s, struct buf *b, const char *colour, struct sv text)
{
	if (s->colour)
		buf_printf(b, "\033[%sm", colour);
	text_plain(b, text);
	if (s->colour)
		buf_puts(b, "\033[0m");
}

void
text_mark(const struct report_style *s, struct buf *b, enum outcome o)
{
	text_coloured(s, b, marks[o].colour, sv_of(s->unicode ? marks[o].unicode : marks[o].ascii));
}

/* Controls of both kinds, line ends that are no \n, what turns the direction of the text around it, and no characters at all. */
static bool
speaks_to_terminal(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfffe || c == 0xffff;
}

void
text_plain(struct buf *b, struct sv text)
{
	while (text.n > 0) {
		uint32_t c;
		size_t n = utf8_decode(text, &c);

		if (c == '\n')
			buf_puts(b, "\\n");
		else if (c == '\t')
			buf_puts(b, "\\t");
		else if (UTF8_IS_BAD(c) || (n == 1 && speaks_to_terminal(c)))
			buf_printf(b, "\\x%02x", (unsigned char)text.p[0]);
		else if (speaks_to_terminal(c))
			buf_printf(b, "\\u%04x", c);
		else
			buf_add(b, (struct sv){text.p, n});
		text = sv_skip(text, n);
	}
}

void
text_lines(struct buf *b, struct sv text)
{
	while (text.n > 0) {
		text_plain(b, sv_cut(&text, '\n'));
		buf_putc(b, '\n');
	}
}

int
text_width(struct sv text)
{
	AUTO(buf) plain = buf_new(1 << 16);

	text_plain(plain, text);
	return sv_width(buf_sv(plain));
}

void
text_pad(struct buf *b, struct sv text, int width)
{
	text_plain(b, text);
	for (int w = text_width(text); w < width; w++)
		buf_putc(b, ' ');
}

enum { CUT_BYTES = 1 << 12 };

int
text_cut(struct buf *b, struct sv text, int width, bool unicode)
{
	AUTO(buf) plain = buf_new(CUT_BYTES * 8);
	struct sv rest, kept = {0};

	/* Cut before it is escaped, but never so much that it shows. */
	text.n = MIN(text.n, (size_t)CUT_BYTES);
	text_plain(plain, text);
	rest = buf_sv(plain);
	if (sv_width(rest) <= width) {
		buf_add(b, rest);
		return sv_width(rest);
	}
	kept.p = rest.p;
	for (size_t i = 0; i < rest.n; i++) {
		struct sv more = {rest.p, i};

		if (((unsigned char)rest.p[i] & 0xC0) == 0x80)
			continue;
		if (sv_width(more) > width - (unicode ? 1 : 2))
			break;
		kept = more;
	}
	buf_add(b, kept);
	buf_puts(b, unicode ? "…" : "..");
	return sv_width(kept) + (unicode ? 1 : 2);
}

void
text_line(const struct report_style *s, struct buf *b, struct sv line)
{
	if (s->width > 0)
		(void)text_cut(b, line, s->width, s->unicode);
	else
		text_plain(b, line);
	buf_putc(b, '\n');
}

#define LABEL_MAX 44
#define CHANGES_SHOWN 10

/* All but passes, and checks that are left out as somebody asked for it. */
static bool
is_noted(const struct check_result *c)
{
	return c->verdict.outcome == OUTCOME_SKIPPED ? c->verdict.undecided
	                                             : c->verdict.outcome != OUTCOME_PASS;
}

static int
label_width(const struct report *r, bool verbose)
{
	int width = 12;

	for (size_t i = 0; i < r->nasset; i++)
		for (size_t k = 0; k < r->asset[i].ncheck; k++) {
			const struct check_result *c = &r->asset[i].check[k];

			if (verbose || is_noted(c))
				width = MAX(width, text_width(view_label(&r->asset[i], c->check)));
		}
	return MIN(width, LABEL_MAX);
}

static void
put_sample(struct buf *b, const struct check_result *c, int indent)
{
	AUTO(arena) arena = arena_new();
	struct sample sample = view_sample(arena, c, SAMPLE_ROWS);

	if (sample.n == 0)
		return;
	buf_printf(b, "%*s", indent, "");
	for (size_t i = 0; i < sample.n; i++) {
		buf_puts(b, i > 0 ? "   " : "");
		view_row(b, &sample.row[i]);
	}
	if (sample.more > 0)
		buf_printf(b, "   and %lld more", (long long)sample.more);
	buf_putc(b, '\n');
}

static void
put_hint(struct buf *b, const char *hint, int indent)
{
	if (hint[0] == '\0')
		return;
	buf_printf(b, "%*shint: ", indent, "");
	text_plain(b, sv_of(hint));
	buf_putc(b, '\n');
}

static void
put_waiver(struct buf *b, const struct waiver *w, int indent)
{
	char until[RFC3339_MAX];

	buf_printf(b, "%*swaived by ", indent, "");
	text_plain(b, w->who);
	buf_printf(b, " until %s: ", rfc3339_seconds(w->until_us, until));
	text_plain(b, w->reason);
	buf_putc(b, '\n');
}

/* "3 rows are in bad/orders.csv" */
static void
put_quarantine(struct buf *b, const struct quarantined *q, int indent)
{
	char rows[NUM_MAX], failing[NUM_MAX];

	if (q->to.n == 0 || q->failing == 0)
		return;
	buf_printf(b, "%*s", indent, "");
	if (q->rows < q->failing)
		buf_printf(b, "%s of %s rows are in ", num_group(q->rows, rows),
		           num_group(q->failing, failing));
	else
		buf_printf(b, q->rows == 1 ? "%s row is in " : "%s rows are in ", num_group(q->rows, rows));
	text_plain(b, q->to);
	buf_putc(b, '\n');
}

static void
put_check(struct buf *b, const struct report_style *s, const struct asset_result *a,
          const struct check_result *c, int width)
{
	AUTO(arena) arena = arena_new();
	const struct verdict *v = &c->verdict;
	const int indent = (s->unicode ? 4 : 7) + width + 2;

	buf_puts(b, "  ");
	text_mark(s, b, v->outcome);
	buf_putc(b, ' ');
	text_pad(b, view_label(a, c->check), width);
	buf_puts(b, "  ");
	text_plain(b, view_message(arena, c));
	buf_putc(b, '\n');
	if (v->outcome == OUTCOME_ERROR)
		put_hint(b, v->err.hint, indent);
	if (c->waiver != NULL)
		put_waiver(b, c->waiver, indent);
	put_sample(b, c, indent);
	put_quarantine(b, &c->quarantine, indent);
}

static bool
worth_a_line(const struct report_style *s, const struct asset_result *a, const struct check_result *c)
{
	return !view_is_told(a, c) && (s->verbose || is_noted(c));
}

/* What could not be read or observed says so once, not once a check. */
static void
put_unread(struct buf *b, const struct report_style *s, const struct asset_result *a)
{
	buf_puts(b, "  ");
	text_mark(s, b, OUTCOME_ERROR);
	buf_putc(b, ' ');
	if (a->err.loc.file != NULL && a->err.loc.line > 0) {
		text_plain(b, sv_of(a->err.loc.file));
		buf_printf(b, ":%u:%u: ", a->err.loc.line, a->err.loc.col);
	}
	text_plain(b, sv_of(a->err.msg));
	buf_putc(b, '\n');
	put_hint(b, a->err.hint, s->unicode ? 4 : 7);
}

static void
put_title(struct buf *b, const struct asset_result *a)
{
	text_plain(b, a->key);
	if (a->partition.n > 0) {
		buf_putc(b, ' ');
		text_plain(b, a->partition);
	}
}

static void
put_asset(struct buf *b, const struct report_style *s, const struct asset_result *a, int width,
          int title_width)
{
	struct check_counts counts = {0};
	AUTO(buf) title = buf_new(1 << 16);

	for (size_t i = 0; i < a->ncheck; i++)
		counts.outcome[a->check[i].verdict.outcome]++;
	put_title(title, a);
	text_coloured(s, b, "1", buf_sv(title));
	buf_printf(b, "%*s   ", MAX(0, title_width - sv_width(buf_sv(title))), "");
	if (a->ncheck > 0)
		view_counts(b, &counts);
	if (a->ncheck > 0 && a->data_version.n > 0) {
		buf_puts(b, "   version ");
		text_plain(b, (struct sv){a->data_version.p, MIN(a->data_version.n, 12)});
	}
	if (a->parts_reused > 0)
		buf_printf(b, "   reused %jd of %jd %s", (intmax_t)a->parts_reused, (intmax_t)a->parts,
		           a->parts == 1 ? "part" : "parts");
	buf_putc(b, '\n');
	if (a->err.code != ERR_NONE)
		put_unread(b, s, a);
	for (size_t i = 0; i < a->ncheck; i++)
		if (worth_a_line(s, a, &a->check[i]))
			put_check(b, s, a, &a->check[i], width);
	text_lines(b, a->explain);
}

/* Of an asset without checks, freshness has said already what is wrong. */
static bool
has_checks_to_show(const struct asset_result *a)
{
	return a->ncheck > 0 || (a->err.code != ERR_NONE && !a->has_freshness);
}

/* Nothing but passes: the line of its counts says all. */
static bool
is_uneventful(const struct report_style *s, const struct asset_result *a)
{
	for (size_t i = 0; i < a->ncheck; i++)
		if (is_noted(&a->check[i]))
			return false;
	return !s->verbose && a->ncheck > 0 && a->err.code == ERR_NONE && a->explain.n == 0 &&
	       a->partition.n > 0;
}

#define FOLDED_MIN 3

/* How many partitions of one asset from here on are one line, so that nobody has to look for what failed among a thousand that passed; else 1. */
static size_t
folded(const struct report_style *s, const struct report *r, size_t from)
{
	size_t n = 0;

	while (from + n < r->nasset && sv_eq(r->asset[from + n].key, r->asset[from].key) &&
	       is_uneventful(s, &r->asset[from + n]))
		n++;
	return n < FOLDED_MIN ? 1 : n;
}

static void
put_folded_title(struct buf *b, const struct asset_result *a, size_t n)
{
	if (n == 1) {
		put_title(b, a);
		return;
	}
	text_plain(b, a->key);
	buf_printf(b, " (%zu partitions)", n);
}

static void
put_folded(struct buf *b, const struct report_style *s, const struct asset_result *a, size_t n,
           int title_width)
{
	struct check_counts counts = {0};
	AUTO(buf) title = buf_new(1 << 16);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < a[i].ncheck; k++)
			counts.outcome[a[i].check[k].verdict.outcome]++;
	put_folded_title(title, a, n);
	text_coloured(s, b, "1", buf_sv(title));
	buf_printf(b, "%*s   ", MAX(0, title_width - sv_width(buf_sv(title))), "");
	view_counts(b, &counts);
	buf_putc(b, '\n');
}

/* False if there was nothing to say. */
static bool
put_checks(struct buf *b, const struct report_style *s, const struct report *r)
{
	int width = label_width(r, s->verbose), title_width = 0;
	bool any = false;

	for (size_t i = 0, n; i < r->nasset; i += n) {
		AUTO(buf) title = buf_new(1 << 16);

		n = folded(s, r, i);
		put_folded_title(title, &r->asset[i], n);
		if (has_checks_to_show(&r->asset[i]))
			title_width = MAX(title_width, sv_width(buf_sv(title)));
	}
	title_width = MIN(title_width, LABEL_MAX);
	for (size_t i = 0, n; i < r->nasset; i += n) {
		n = folded(s, r, i);
		if (!has_checks_to_show(&r->asset[i]))
			continue;
		if (n > 1)
			put_folded(b, s, &r->asset[i], n, title_width);
		else
			put_asset(b, s, &r->asset[i], width, title_width);
		any = true;
	}
	return any;
}

/* What is new stands above with all that is to say of it. */
static void
put_change(struct buf *b, const struct report_style *s, const struct report *r, const struct incident *i)
{
	AUTO(arena) a = arena_new();
	struct sv age = view_incident_age(a, r, i);

	buf_puts(b, "  ");
	text_mark(s, b, view_incident_outcome(i));
	buf_printf(b, " %-5s  ", incident_change_words[i->change]);
	text_plain(b, view_incident(a, i));
	if (i->change == INCIDENT_RESOLVED) {
		if (age.n > 0)
			buf_printf(b, ", " SV_FMT, SV_ARG(age));
		buf_puts(b, ": ");
		text_plain(b, i->message);
	}
	buf_putc(b, '\n');
}

/* What changed since the last run. */
static void
put_incidents(struct buf *b, const struct report_style *s, const struct report *r)
{
	AUTO(arena) a = arena_new();
	AUTO(buf) title = buf_new(1 << 10);
	const struct incident **change;
	size_t n;

	if (r->nincident == 0)
		return;
	view_news(title, r);
	text_coloured(s, b, "1", buf_sv(title));
	buf_putc(b, '\n');
	change = view_changes(a, r, &n);
	for (size_t i = 0; i < MIN(n, CHANGES_SHOWN); i++)
		put_change(b, s, r, change[i]);
	if (n > CHANGES_SHOWN)
		buf_printf(b, "    and %zu more\n", n - CHANGES_SHOWN);
	buf_putc(b, '\n');
}

/* What was not asked for is not counted either. */
static void
put_summary(struct buf *b, const struct report_style *s, const struct report *r)
{
	const char *dot = s->unicode ? " · " : ", ";
	bool checks = false;

	for (size_t i = 0; i < LEN(r->checks.outcome); i++)
		checks = checks || r->checks.outcome[i] > 0;
	text_mark(s, b, r->outcome);
	buf_putc(b, ' ');
	if (checks) {
		view_counts(b, &r->checks);
		buf_puts(b, dot);
	}
	if (r->nasset > 0)
		buf_printf(b, "%lld asset%s%s", (long long)r->assets, r->assets == 1 ? "" : "s", dot);
	if (r->fresh[FRESH_FAIL] > 0)
		buf_printf(b, "%lld late%s", (long long)r->fresh[FRESH_FAIL], dot);
	if (r->fresh[FRESH_UNKNOWN] > 0)
		buf_printf(b, "%lld of unknown age%s", (long long)r->fresh[FRESH_UNKNOWN], dot);
	if (r->stale > 0)
		buf_printf(b, "%lld stale%s", (long long)r->stale, dot);
	if (r->has_orphans && r->norphan == 0)
		buf_printf(b, "no orphans%s", dot);
	else if (r->has_orphans)
		buf_printf(b, "%lld orphan%s%s", (long long)r->norphan, r->norphan == 1 ? "" : "s", dot);
	buf_printf(b, "%.2f s\n", r->seconds);
}

static bool
write_text(const struct report *r, const struct report_style *s, struct buf *b, struct err *err)
{
	bool state = text_put_state(b, s, r);

	if (state)
		buf_putc(b, '\n');
	if (put_checks(b, s, r))
		buf_putc(b, '\n');
	put_incidents(b, s, r);
	put_summary(b, s, r);
	return buf_check(b, "the report", err);
}

const struct report_format report_text = {
	.name = "text",
	.doc = "For people: what is wrong, in words.",
	.write = write_text,
};
