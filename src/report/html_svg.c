/*
 * Charts as inline SVG.  Each says in words what it shows, for eyes that do not see it; shapes carry what colours say.
 */
#include <math.h>

#include "base/civil.h"
#include "base/duration.h"
#include "report/escape.h"
#include "report/html.h"

const char *const html_classes[5] = {"p", "w", "f", "e", "s"};
const char *const html_marks[5] = {"✓", "!", "✗", "⚠", "–"};
const char *const html_words[5] = {"pass", "warn", "fail", "error", "skipped"};

static void
open_svg(struct buf *b, const char *class, int width, int height, struct sv label)
{
	buf_printf(b,
	           "<svg class=\"%s\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
	           "aria-label=\"",
	           class, width, height, width, height);
	escape_html(b, label);
	buf_puts(b, "\">");
}

void
html_outcome_bar(struct buf *b, const struct check_counts *c)
{
	static const enum outcome order[] = {OUTCOME_ERROR, OUTCOME_FAIL, OUTCOME_WARN, OUTCOME_PASS,
	                                     OUTCOME_SKIPPED};
	AUTO(buf) words = buf_new(1 << 10);
	const double width = 600;
	double total = 0, at = 0;

	for (size_t i = 0; i < LEN(order); i++)
		total += (double)c->outcome[i];
	if (total <= 0)
		return;
	view_counts(words, c);
	open_svg(b, "b", (int)width, 16, buf_sv(words));
	for (size_t i = 0; i < LEN(order); i++) {
		double part = width * (double)c->outcome[order[i]] / total;

		if (part <= 0)
			continue;
		/* One of a thousand is still there to be seen. */
		buf_printf(b, "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
		           html_classes[order[i]], at, order[i] == OUTCOME_PASS ? 4 : 0, MAX(part - 1, 1.5),
		           order[i] == OUTCOME_PASS ? 8 : 16);
		at += part;
	}
	buf_puts(b, "</svg>");
}

enum { PITCH = 4, STRIP_HEIGHT = 14 };

/*
 * The middle of the marks of an outcome, from the top: a run of equal ones is one dashed line, whose width and dashes the style sheet has.
 * What could not be evaluated is two marks with a gap between.
 */
static const struct {
	double y[2];
	int n;
} strip_lines[] = {
	[OUTCOME_PASS] = {{11.5}, 1},       [OUTCOME_WARN] = {{9.5}, 1},   [OUTCOME_FAIL] = {{7}, 1},
	[OUTCOME_ERROR] = {{2.5, 11.5}, 2}, [OUTCOME_SKIPPED] = {{13}, 1},
};

static void
put_runs(struct buf *b, const struct check_point *p, size_t n, enum outcome o)
{
	for (size_t i = 0, end; i < n; i = end) {
		end = i + 1;
		if (p[i].outcome != o)
			continue;
		while (end < n && p[end].outcome == o)
			end++;
		for (int k = 0; k < strip_lines[o].n; k++)
			buf_printf(b, "M%zu %gh%zu", i * PITCH, strip_lines[o].y[k], (end - i) * PITCH);
	}
}

void
html_strip(struct buf *b, const struct check_point *p, size_t n)
{
	AUTO(buf) words = buf_new(1 << 10);
	struct check_counts counts = {0};

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		counts.outcome[p[i].outcome]++;
	buf_printf(words, "last %zu run%s: ", n, n == 1 ? "" : "s");
	for (size_t o = 0, any = 0; o < LEN(counts.outcome); o++)
		if (counts.outcome[o] > 0)
			buf_printf(words, "%s%lld %s", any++ > 0 ? ", " : "", (long long)counts.outcome[o],
			           html_words[o]);
	open_svg(b, "h", (int)n * PITCH, STRIP_HEIGHT, buf_sv(words));
	for (size_t o = 0; o < LEN(counts.outcome); o++) {
		if (counts.outcome[o] == 0)
			continue;
		buf_printf(b, "<path class=\"%s\" d=\"", html_classes[o]);
		put_runs(b, p, n, (enum outcome)o);
		buf_puts(b, "\"/>");
	}
	buf_puts(b, "</svg>");
}

enum { LINE_WIDTH = 300, LINE_HEIGHT = 60, LINE_MARGIN = 4 };

static bool
same_value(const struct check_point *p, const struct check_point *q)
{
	return !(p->value < q->value) && !(p->value > q->value) && isfinite(p->value) && isfinite(q->value);
}

void
html_line(struct buf *b, const struct check_point *p, size_t n)
{
	AUTO(buf) words = buf_new(1 << 10);
	double least = INFINITY, greatest = -INFINITY, latest = 0, low, high;
	size_t known = 0;
	bool pen = false;

	for (size_t i = 0; i < n; i++)
		if (isfinite(p[i].value)) {
			least = fmin(least, p[i].value);
			greatest = fmax(greatest, p[i].value);
			latest = p[i].value;
			known++;
		}
	/* A level is said by the message already, and its picture would only take room. */
	if (known < 2 || greatest - least <= 0)
		return;
	/* From 0 where all are on one side of it, so that a small change looks small. */
	low = fmin(least, 0);
	high = fmax(greatest, low);
	high = high > low ? high : low + 1;
	buf_printf(words, "%.6g to %.6g in %zu runs, latest %.6g", least, greatest, known, latest);
	buf_puts(b, "<figure>");
	open_svg(b, "b", LINE_WIDTH, LINE_HEIGHT, buf_sv(words));
	buf_puts(b, "<path class=\"l\" d=\"");
	for (size_t i = 0; i < n; i++) {
		double x = LINE_MARGIN + (LINE_WIDTH - 2.0 * LINE_MARGIN) * (double)i / (double)MAX(n - 1, 1);
		double y = LINE_HEIGHT - LINE_MARGIN -
		           (LINE_HEIGHT - 2.0 * LINE_MARGIN) * ((p[i].value - low) / (high - low));

		/* A point between two gaps is a dot: a line of no length with round ends.  On a level no point is needed. */
		if (isfinite(p[i].value) &&
		    !(pen && i + 1 < n && same_value(&p[i - 1], &p[i]) && same_value(&p[i], &p[i + 1])))
			buf_printf(b, pen ? "L%.0f %.1f" : "M%.0f %.1fh0", x, y);
		pen = isfinite(p[i].value);
	}
	buf_puts(b, "\"/></svg><figcaption>");
	escape_html(b, buf_sv(words));
	buf_puts(b, "</figcaption></figure>");
}

enum { AGE_WIDTH = 160 };

void
html_age_bar(struct buf *b, const struct freshness *f, const struct freshness_policy *p)
{
	char age[DURATION_MAX], limit[DURATION_MAX];
	AUTO(buf) words = buf_new(1 << 10);
	double part, warn;

	if (f->produced_us == TIME_NONE || f->age_us < 0 || p->kind != POLICY_MAX_AGE || p->max_age_us <= 0)
		return;
	/* The limit stands at two thirds: what is past it has room to show by how much. */
	part = (double)f->age_us / (double)p->max_age_us / 1.5;
	buf_printf(words, "%s old, %s allowed", duration_words(f->age_us / US_PER_S * US_PER_S, age),
	           duration_words(p->max_age_us, limit));
	open_svg(b, "b", AGE_WIDTH, 14, buf_sv(words));
	buf_printf(b, "<rect class=\"t\" y=\"4\" width=\"%d\" height=\"6\"/>", AGE_WIDTH);
	buf_printf(b, "<rect class=\"%s\" y=\"4\" width=\"%.1f\" height=\"6\"/>",
	           f->status == FRESH_FAIL   ? "f"
	           : f->status == FRESH_WARN ? "w"
	                                     : "p",
	           AGE_WIDTH * fmin(part, 1));
	if (p->warn_after_us > 0) {
		warn = (double)p->warn_after_us / (double)p->max_age_us / 1.5;
		buf_printf(b, "<path class=\"k\" d=\"M%.1f 3v8\"/>", AGE_WIDTH * fmin(warn, 1));
	}
	buf_printf(b, "<path class=\"k\" d=\"M%.1f 0v14\"/></svg>", AGE_WIDTH / 1.5);
}
