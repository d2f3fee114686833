/*
 * Markdown for comments on pull requests and for job summaries: what failed as a table, the rest folded.
 *
 * GitHub refuses a comment of more than 65,536 characters, so each part has a share of that and says what it leaves out.  A hidden line at
 * the top lets a bot find its comment and update it.
 */
#include "base/civil.h"
#include "report/escape.h"
#include "report/view.h"

/* In bytes, which are at least as many as characters; where each part ends. */
enum { TABLE_END = 36000, ROWS_END = 54000, ASSETS_END = 64000, SUMMARY_MAX = 65536 };

static const char *const marks[] = {
	[OUTCOME_PASS] = "✓ pass",       [OUTCOME_WARN] = "! warn",       [OUTCOME_FAIL] = "✗ **fail**",
	[OUTCOME_ERROR] = "⚠ **error**", [OUTCOME_SKIPPED] = "– skipped",
};

/* Adds the piece if it still fits; else it counts as left out. */
static void
put_piece(struct buf *b, struct buf *piece, size_t end, size_t *omitted)
{
	if (*omitted > 0 || b->n + piece->n > end)
		++*omitted;
	else
		buf_add(b, buf_sv(piece));
	buf_clear(piece);
}

static void
put_omitted(struct buf *b, size_t n, const char *what)
{
	if (n > 0)
		buf_printf(b, "\n_%zu more %s left out: the comment would be too long._\n", n, what);
}

/* Nothing but what a comment of HTML may hold. */
static void
put_marker_word(struct buf *b, struct sv text)
{
	for (size_t i = 0; i < text.n && i < 80; i++) {
		char c = text.p[i];
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		buf_putc(b, word || c == '_' || c == '.' ? c : '_');
	}
}

static void
put_head(struct buf *b, const struct report *r)
{
	char at[RFC3339_MAX];

	buf_puts(b, "<!-- weir-report project=");
	put_marker_word(b, r->project);
	buf_puts(b, " env=");
	put_marker_word(b, r->env);
	buf_puts(b, " command=");
	put_marker_word(b, sv_of(r->command));
	buf_printf(b, " -->\n### %s: ", marks[r->outcome]);
	view_headline(b, r);
	buf_puts(b, "\n\n");
	if (r->project.n > 0) {
		escape_markdown_code(b, r->project);
		buf_puts(b, ", ");
	}
	buf_puts(b, "environment ");
	escape_markdown_code(b, r->env);
	buf_printf(b, ", `weir %s` at %s\n", r->command, rfc3339_seconds(r->started_us, at));
}

static void
put_incidents(struct buf *b, const struct report *r)
{
	AUTO(arena) a = arena_new();
	AUTO(buf) line = buf_new((size_t)1 << 24);
	const struct incident **change;
	size_t omitted = 0, n;

	if (r->nincident == 0)
		return;
	buf_puts(b, "\n**");
	view_news(b, r);
	buf_puts(b, "**\n\n");
	change = view_changes(a, r, &n);
	for (size_t i = 0; i < n; i++) {
		const struct incident *it = change[i];

		struct sv age = view_incident_age(a, r, it);

		buf_printf(line, "- %s " SV_FMT "%s", incident_change_words[it->change], SV_ARG(age),
		           age.n > 0 ? " " : "");
		escape_markdown_code(line, view_incident(a, it));
		buf_puts(line, ": ");
		escape_markdown(line, it->message);
		buf_putc(line, '\n');
		put_piece(b, line, TABLE_END / 3, &omitted);
	}
	put_omitted(b, omitted, "are");
}

static void
put_table(struct buf *b, const struct finding *f, size_t n)
{
	AUTO(buf) row = buf_new((size_t)1 << 24);
	size_t omitted = 0;

	if (n == 0)
		return;
	buf_puts(b, "\n| | asset | check | what |\n|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		buf_printf(row, "| %s | ", marks[f[i].outcome]);
		escape_markdown_code(row, f[i].title);
		buf_puts(row, " | ");
		escape_markdown_code(row, f[i].label);
		buf_puts(row, " | ");
		escape_markdown(row, f[i].message);
		if (f[i].waived.n > 0) {
			buf_puts(row, "<br>");
			escape_markdown(row, f[i].waived);
		}
		buf_puts(row, " |\n");
		put_piece(b, row, TABLE_END, &omitted);
	}
	put_omitted(b, omitted, "are");
}

static void
put_fold(struct buf *b, const char *title, size_t n)
{
	buf_printf(b, "\n<details><summary>%s (%zu)</summary>\n\n", title, n);
}

/* What the table has no room for: failing rows and hints. */
static bool
put_rows(struct buf *b, const struct finding *f)
{
	AUTO(arena) a = arena_new();
	struct sample sample = {0};

	if (f->check != NULL)
		sample = view_sample(a, f->check, SAMPLE_ROWS_KEPT);
	if (sample.n == 0 && f->hint.n == 0)
		return false;
	buf_puts(b, "- ");
	escape_markdown_code(b, f->title);
	buf_putc(b, ' ');
	escape_markdown_code(b, f->label);
	buf_putc(b, '\n');
	if (f->hint.n > 0) {
		buf_puts(b, "  - hint: ");
		escape_markdown(b, f->hint);
		buf_putc(b, '\n');
	}
	for (size_t i = 0; i < sample.n; i++) {
		AUTO(buf) row = buf_new(1 << 20);

		view_row(row, &sample.row[i]);
		buf_puts(b, "  - ");
		escape_markdown_code(b, buf_sv(row));
		buf_putc(b, '\n');
	}
	if (sample.more > 0)
		buf_printf(b, "  - and %lld more\n", (long long)sample.more);
	return true;
}

static void
put_details(struct buf *b, const struct finding *f, size_t n)
{
	AUTO(buf) all = buf_new(SUMMARY_MAX);
	AUTO(buf) piece = buf_new((size_t)1 << 24);
	size_t shown = 0, omitted = 0;

	for (size_t i = 0; i < n; i++)
		if (put_rows(piece, &f[i])) {
			shown++;
			put_piece(all, piece, b->n < ROWS_END ? ROWS_END - b->n : 0, &omitted);
		}
	if (shown == 0)
		return;
	put_fold(b, "Failing rows and hints", shown);
	buf_add(b, buf_sv(all));
	put_omitted(b, omitted, "are");
	buf_puts(b, "\n</details>\n");
}

static void
put_assets(struct buf *b, const struct report *r)
{
	AUTO(arena) a = arena_new();
	AUTO(buf) row = buf_new((size_t)1 << 24);
	size_t omitted = 0;

	if (r->nasset == 0)
		return;
	put_fold(b, "All assets", r->nasset);
	buf_puts(b, "| | asset | checks | freshness | version |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < r->nasset; i++) {
		const struct asset_result *it = &r->asset[i];
		struct check_counts counts = {0};

		for (size_t k = 0; k < it->ncheck; k++)
			counts.outcome[it->check[k].verdict.outcome]++;
		buf_printf(row, "| %s | ", marks[it->outcome]);
		escape_markdown_code(row, view_title(a, it));
		buf_puts(row, " | ");
		view_counts(row, &counts);
		buf_puts(row, " | ");
		if (it->has_freshness && it->freshness.status != FRESH_NONE)
			escape_markdown(row, it->freshness.evidence);
		buf_puts(row, " | ");
		if (it->data_version.n > 0)
			escape_markdown_code(row,
			                     (struct sv){it->data_version.p, MIN(it->data_version.n, 12)});
		buf_puts(row, " |\n");
		put_piece(b, row, ASSETS_END, &omitted);
	}
	put_omitted(b, omitted, "are");
	buf_puts(b, "\n</details>\n");
}

static bool
write_markdown(const struct report *r, const struct report_style *s UNUSED, struct buf *b, struct err *err)
{
	AUTO(arena) a = arena_new();
	struct finding *f;
	size_t n;

	f = view_findings(a, r, &n);
	put_head(b, r);
	put_incidents(b, r);
	put_table(b, f, n);
	put_details(b, f, n);
	put_assets(b, r);
	buf_printf(b, "\nRun `%s`\n", r->run_id);
	return buf_check(b, "the report", err);
}

const struct report_format report_markdown = {
	.name = "markdown",
	.doc = "For comments on pull requests and job summaries; at most 65,536 characters.",
	.write = write_markdown,
};
