/*
 * The report for people: what is wrong first and in words, aligned, with colours only where asked.
 *
 *	raw/orders 2024-01-01   12 checks: 11 passed, 1 failed           version 7f3a91c2
 *	  ✗ between:amount      3 of 10000 values are outside 0 to 500 (0.03 %)
 *	                        row 17: -5.0   row 99: 612.5
 */
#include "report/report.h"

#include "base/num.h"
#include "base/utf8.h"
#include "report/text.h"

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

/* Controls of both kinds, and what turns the direction of the text around it. */
static bool
speaks_to_terminal(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
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

/* "12 checks: 10 passed, 1 failed" */
static void
put_counts(struct buf *b, const struct check_counts *c)
{
	static const struct {
		enum outcome outcome;
		const char *word;
	} order[] = {
		{OUTCOME_PASS, "passed"},         {OUTCOME_WARN, "warned"},     {OUTCOME_FAIL, "failed"},
		{OUTCOME_ERROR, "not evaluated"}, {OUTCOME_SKIPPED, "skipped"},
	};
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

/* What a check is called below its asset: its id without the asset's key in front. */
static struct sv
check_label(const struct asset_result *a, const struct check *c)
{
	struct sv id = c->id;

	if (sv_starts(id, a->key) && id.n > a->key.n && id.p[a->key.n] == ':')
		return sv_skip(id, a->key.n + 1);
	return id;
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

#define LABEL_MAX 44
#define SAMPLE_ROWS 3

static int
label_width(const struct report *r, bool verbose)
{
	int width = 12;

	for (size_t i = 0; i < r->nasset; i++)
		for (size_t k = 0; k < r->asset[i].ncheck; k++) {
			const struct check_result *c = &r->asset[i].check[k];

			if (verbose ||
			    (c->verdict.outcome != OUTCOME_PASS && c->verdict.outcome != OUTCOME_SKIPPED))
				width = MAX(width, text_width(check_label(&r->asset[i], c->check)));
		}
	return MIN(width, LABEL_MAX);
}

static void
put_sample(struct buf *b, const struct verdict *v, int indent)
{
	if (v->nsample == 0)
		return;
	buf_printf(b, "%*s", indent, "");
	for (uint32_t i = 0; i < MIN(v->nsample, SAMPLE_ROWS); i++) {
		const struct sample_row *row = &v->sample[i];

		buf_printf(b, "%srow %lld", i > 0 ? "   " : "", (long long)row->row);
		/* A key that is the value itself would only be said twice. */
		for (uint32_t k = 0; k < row->nkey && !(row->nkey == 1 && value_eq(row->key[0], row->value));
		     k++) {
			buf_puts(b, k == 0 ? " [" : ", ");
			put_value(b, row->key[k]);
			buf_puts(b, k + 1 == row->nkey ? "]" : "");
		}
		buf_puts(b, ": ");
		put_value(b, row->value);
	}
	if (v->unexpected_count > SAMPLE_ROWS)
		buf_printf(b, "   and %lld more", (long long)(v->unexpected_count - SAMPLE_ROWS));
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
put_check(struct buf *b, const struct report_style *s, const struct asset_result *a,
          const struct check_result *c, int width)
{
	const struct verdict *v = &c->verdict;
	const int indent = (s->unicode ? 4 : 7) + width + 2;

	buf_puts(b, "  ");
	text_mark(s, b, v->outcome);
	buf_putc(b, ' ');
	text_pad(b, check_label(a, c->check), width);
	buf_puts(b, "  ");
	text_plain(b, v->message);
	if (c->check->severity == SEVERITY_INFO && v->outcome == OUTCOME_WARN)
		buf_puts(b, " (info)");
	buf_putc(b, '\n');
	if (v->outcome == OUTCOME_ERROR)
		put_hint(b, v->err.hint, indent);
	put_sample(b, v, indent);
}

static bool
worth_a_line(const struct report_style *s, const struct asset_result *a, const struct check_result *c)
{
	if (c->verdict.outcome == OUTCOME_ERROR && a->err.code != ERR_NONE &&
	    strcmp(c->verdict.err.msg, a->err.msg) == 0)
		return false; /* it is what the asset says */
	return s->verbose || (c->verdict.outcome != OUTCOME_PASS && c->verdict.outcome != OUTCOME_SKIPPED);
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
		put_counts(b, &counts);
	if (a->ncheck > 0 && a->data_version.n > 0) {
		buf_puts(b, "   version ");
		text_plain(b, (struct sv){a->data_version.p, MIN(a->data_version.n, 12)});
	}
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

/* False if there was nothing to say. */
static bool
put_checks(struct buf *b, const struct report_style *s, const struct report *r)
{
	int width = label_width(r, s->verbose), title_width = 0;
	bool any = false;

	for (size_t i = 0; i < r->nasset; i++) {
		AUTO(buf) title = buf_new(1 << 16);

		put_title(title, &r->asset[i]);
		if (has_checks_to_show(&r->asset[i]))
			title_width = MAX(title_width, sv_width(buf_sv(title)));
	}
	for (size_t i = 0; i < r->nasset; i++)
		if (has_checks_to_show(&r->asset[i])) {
			put_asset(b, s, &r->asset[i], width, MIN(title_width, LABEL_MAX));
			any = true;
		}
	return any;
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
		put_counts(b, &r->checks);
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
	put_summary(b, s, r);
	return buf_check(b, "the report", err);
}

const struct report_format report_text = {
	.name = "text",
	.doc = "For people: what is wrong, in words.",
	.write = write_text,
};
