/*
 * One page that needs nothing else: no script, no fetch, readable from a mail attachment and on paper.  What is wrong comes first.
 *
 * Everything from outside goes through escape_html, as text or in an attribute; none of it becomes an address, a class or a style.
 */
#include "report/html.h"

#include "base/civil.h"
#include "base/duration.h"
#include "config.h"
#include "report/escape.h"

enum { ROWS_SHOWN = 5, ARTICLES_MAX = 1000, CHANGES_SHOWN = 50 };

static void
put_code(struct buf *b, struct sv text)
{
	buf_puts(b, "<code>");
	escape_html(b, text);
	buf_puts(b, "</code>");
}

static void
put_mark(struct buf *b, enum outcome o)
{
	buf_printf(b, "<b class=\"%s\">%s %s</b>", html_classes[o], html_marks[o], html_words[o]);
}

static void
put_mark_cell(struct buf *b, enum outcome o)
{
	buf_printf(b, "<td class=\"%s\">%s %s</td>", html_classes[o], html_marks[o], html_words[o]);
}

static void
put_cell(struct buf *b, struct sv text)
{
	buf_puts(b, "<td>");
	escape_html(b, text);
	buf_puts(b, "</td>");
}

static void
put_paragraph(struct buf *b, const char *class, const char *start, struct sv text)
{
	if (text.n == 0)
		return;
	buf_printf(b, "<p%s%s%s>%s", class[0] != '\0' ? " class=\"" : "", class, class[0] != '\0' ? "\"" : "",
	           start);
	escape_html(b, text);
	buf_puts(b, "</p>");
}

static void
put_title(struct buf *b, const struct report *r)
{
	escape_html(b, r->project.n > 0 ? r->project : r->nasset == 1 ? r->asset[0].key : SV("weir"));
}

static void
put_head(struct buf *b, const struct report *r)
{
	char at[RFC3339_MAX];

	buf_puts(b, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	            "'unsafe-inline'; form-action 'none'; base-uri 'none'\">"
	            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
	            "<meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" "
	            "content=\"light dark\">"
	            "<title>");
	put_title(b, r);
	buf_printf(b, ": %s</title><style>%s</style></head>\n<body><header><h1>", html_words[r->outcome],
	           html_style);
	put_title(b, r);
	buf_puts(b, "</h1><p>");
	put_mark(b, r->outcome);
	buf_puts(b, " ");
	view_headline(b, r);
	buf_puts(b, "</p>");
	html_outcome_bar(b, &r->checks);
	buf_puts(b, "<p class=\"dim\">weir ");
	escape_html(b, sv_of(r->command));
	buf_puts(b, ", environment ");
	escape_html(b, r->env);
	buf_printf(b, ", %s, %.2f s, run ", rfc3339_seconds(r->started_us, at), r->seconds);
	escape_html(b, sv_of(r->run_id));
	buf_puts(b, "</p></header>\n");
}

static void
put_incident(struct buf *b, const struct report *r, const struct incident *i)
{
	AUTO(arena) a = arena_new();
	char since[RFC3339_MAX];

	buf_printf(b, "<tr><td class=\"%s\">%s</td><td>", html_classes[view_incident_outcome(i)],
	           incident_change_words[i->change]);
	put_code(b, view_incident(a, i));
	buf_puts(b, "</td><td>");
	escape_html(b, i->message);
	if (i->symptoms > 0)
		buf_printf(b, " (and %lld that follow from it)", (long long)i->symptoms);
	if (i->opened_us != TIME_NONE)
		buf_printf(b, "</td><td title=\"since %s\">", rfc3339_seconds(i->opened_us, since));
	else
		buf_puts(b, "</td><td>");
	escape_html(b, view_incident_age(a, r, i));
	buf_puts(b, "</td></tr>\n");
}

static void
put_incidents(struct buf *b, const struct report *r)
{
	AUTO(arena) a = arena_new();
	const struct incident **change;
	size_t n;

	if (r->nincident == 0)
		return;
	buf_puts(b, "<section id=\"news\"><p>");
	view_news(b, r);
	buf_puts(b, "</p>");
	change = view_changes(a, r, &n);
	if (n > 0)
		buf_puts(b, "<table><tr><th></th><th>what</th><th>message</th><th>open</th></tr>\n");
	for (size_t i = 0; i < MIN(n, CHANGES_SHOWN); i++)
		put_incident(b, r, change[i]);
	if (n > CHANGES_SHOWN)
		buf_printf(b, "<tr><td></td><td>and %zu more</td><td></td><td></td></tr>\n",
		           n - CHANGES_SHOWN);
	buf_puts(b, n > 0 ? "</table></section>\n" : "</section>\n");
}

static void
put_rows(struct buf *b, const struct check_result *c)
{
	AUTO(arena) a = arena_new();
	struct sample s = view_sample(a, c, ROWS_SHOWN);
	bool keys = false;

	if (s.n == 0)
		return;
	for (size_t i = 0; i < s.n; i++)
		keys = keys || s.row[i].key.n > 0;
	buf_printf(b, "<table><tr><th>row</th>%s<th>value</th></tr>", keys ? "<th>key</th>" : "");
	for (size_t i = 0; i < s.n; i++) {
		buf_printf(b, "<tr><td>%lld</td>", (long long)s.row[i].row);
		if (keys) {
			buf_puts(b, "<td class=\"n\">");
			escape_html(b, s.row[i].key);
			buf_puts(b, "</td>");
		}
		buf_puts(b, "<td class=\"n\">");
		escape_html(b, s.row[i].value);
		buf_puts(b, "</td></tr>");
	}
	buf_puts(b, "</table>");
	if (s.more > 0)
		buf_printf(b, "<p class=\"dim\">and %lld more</p>", (long long)s.more);
}

static void
put_article(struct buf *b, const struct finding *f)
{
	buf_printf(b, "<article class=\"%s\"><h3>", html_classes[f->outcome]);
	put_mark(b, f->outcome);
	buf_putc(b, ' ');
	put_code(b, f->title);
	buf_putc(b, ' ');
	put_code(b, f->label);
	buf_puts(b, "</h3>");
	put_paragraph(b, "", "", f->message);
	put_paragraph(b, "", "", f->waived);
	put_paragraph(b, "", "Hint: ", f->hint);
	if (f->check != NULL) {
		put_rows(b, f->check);
		html_strip(b, f->check->history, f->check->nhistory);
		html_line(b, f->check->history, f->check->nhistory);
		if (f->check->check->kwargs.n > 0) {
			buf_puts(b, "<p class=\"dim\">");
			put_code(b, f->check->check->kwargs);
			buf_puts(b, "</p>");
		}
	}
	if (f->loc.file != NULL && f->loc.line > 0) {
		buf_puts(b, "<p class=\"dim\">");
		escape_html(b, sv_of(f->loc.file));
		buf_printf(b, ":%u:%u</p>", f->loc.line, f->loc.col);
	}
	buf_puts(b, "</article>\n");
}

static void
put_findings(struct buf *b, const struct report *r)
{
	AUTO(arena) a = arena_new();
	struct finding *f;
	size_t n;

	f = view_findings(a, r, &n);
	buf_puts(b, "<section id=\"wrong\"><h2>What is wrong</h2>\n");
	for (size_t i = 0; i < n && i < ARTICLES_MAX; i++)
		put_article(b, &f[i]);
	if (n > ARTICLES_MAX)
		buf_printf(b, "<p>%zu more are told in the tables below.</p>", n - (size_t)ARTICLES_MAX);
	if (n == 0)
		buf_puts(b, "<p>Nothing.</p>");
	buf_puts(b, "</section>\n");
}

static bool
has_freshness(const struct report *r)
{
	for (size_t i = 0; i < r->nasset; i++)
		if (r->asset[i].has_freshness && r->asset[i].freshness.status != FRESH_NONE)
			return true;
	return false;
}

static void
put_fresh_row(struct buf *b, const struct asset_result *a)
{
	static const enum outcome by_status[] = {
		[FRESH_PASS] = OUTCOME_PASS,
		[FRESH_WARN] = OUTCOME_WARN,
		[FRESH_FAIL] = OUTCOME_FAIL,
		[FRESH_UNKNOWN] = OUTCOME_ERROR,
	};
	const struct freshness *f = &a->freshness;
	char at[RFC3339_MAX];

	buf_puts(b, "<tr>");
	put_mark_cell(b, by_status[f->status]);
	buf_puts(b, "<td>");
	put_code(b, a->key);
	buf_puts(b, "</td><td>");
	if (a->asset != NULL)
		html_age_bar(b, f, &a->asset->freshness);
	buf_puts(b, "</td>");
	put_cell(b, f->evidence);
	buf_printf(b, "<td>%s</td></tr>\n",
	           f->next_deadline_us != TIME_NONE ? rfc3339_seconds(f->next_deadline_us, at) : "");
}

static void
put_freshness(struct buf *b, const struct report *r)
{
	if (!has_freshness(r))
		return;
	buf_puts(b, "<section id=\"fresh\"><h2>Freshness</h2><table><tr><th></th><th>asset</th><th>age</th>"
	            "<th>why</th><th>next deadline</th></tr>\n");
	for (size_t i = 0; i < r->nasset; i++)
		if (r->asset[i].has_freshness && r->asset[i].freshness.status != FRESH_NONE)
			put_fresh_row(b, &r->asset[i]);
	buf_puts(b, "</table></section>\n");
}

static void
put_check_row(struct buf *b, const struct asset_result *a, const struct check_result *c)
{
	AUTO(arena) arena = arena_new();

	buf_puts(b, "<tr>");
	put_mark_cell(b, c->verdict.outcome);
	buf_puts(b, "<td>");
	put_code(b, view_label(a, c->check));
	buf_puts(b, "</td>");
	put_cell(b, view_message(arena, c));
	buf_puts(b, "<td>");
	html_strip(b, c->history, c->nhistory);
	buf_puts(b, "</td></tr>\n");
}

static void
put_asset(struct buf *b, const struct asset_result *a)
{
	AUTO(arena) arena = arena_new();

	buf_puts(b, "<h3>");
	put_mark(b, a->outcome);
	buf_putc(b, ' ');
	put_code(b, view_title(arena, a));
	buf_puts(b, "</h3>");
	if (a->data_version.n > 0) {
		buf_puts(b, "<p class=\"dim\">version ");
		put_code(b, (struct sv){a->data_version.p, MIN(a->data_version.n, 12)});
		buf_puts(b, "</p>");
	}
	if (a->ncheck == 0)
		return;
	buf_puts(b, "<table><tr><th></th><th>check</th><th>what</th><th>past</th></tr>\n");
	for (size_t i = 0; i < a->ncheck; i++)
		put_check_row(b, a, &a->check[i]);
	buf_puts(b, "</table>\n");
}

/* The worst first, as above. */
static void
put_assets(struct buf *b, const struct report *r)
{
	static const enum outcome order[] = {OUTCOME_ERROR, OUTCOME_FAIL, OUTCOME_WARN, OUTCOME_PASS,
	                                     OUTCOME_SKIPPED};

	if (r->nasset == 0)
		return;
	buf_puts(b, "<section id=\"all\"><h2>All assets and checks</h2>\n");
	for (size_t o = 0; o < LEN(order); o++)
		for (size_t i = 0; i < r->nasset; i++)
			if (r->asset[i].outcome == order[o])
				put_asset(b, &r->asset[i]);
	buf_puts(b, "</section>\n");
}

static bool
write_html(const struct report *r, const struct report_style *s UNUSED, struct buf *b, struct err *err)
{
	put_head(b, r);
	buf_printf(b, "<nav><a href=\"#wrong\">What is wrong</a>%s%s</nav>\n<main>",
	           has_freshness(r) ? "<a href=\"#fresh\">Freshness</a>" : "",
	           r->nasset > 0 ? "<a href=\"#all\">All assets and checks</a>" : "");
	put_incidents(b, r);
	put_findings(b, r);
	put_freshness(b, r);
	put_assets(b, r);
	buf_printf(b, "</main><footer class=\"dim\"><p>Made by weir %s.</p></footer></body></html>\n",
	           PACKAGE_VERSION);
	return buf_check(b, "the report", err);
}

const struct report_format report_html = {
	.name = "html",
	.doc = "One page without scripts, with charts: for mail attachments and build artefacts.",
	.history = true,
	.write = write_html,
};
