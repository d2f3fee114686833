/* Freshness, staleness and orphans for people. */
#include "report/text.h"

#define KEY_MAX 40

static enum outcome
fresh_outcome(enum fresh_status s)
{
	switch (s) {
	case FRESH_PASS:
		return OUTCOME_PASS;
	case FRESH_WARN:
		return OUTCOME_WARN;
	case FRESH_FAIL:
		return OUTCOME_FAIL;
	case FRESH_UNKNOWN:
		return OUTCOME_ERROR;
	case FRESH_NONE:
		break;
	}
	return OUTCOME_SKIPPED;
}

static int
key_width(const struct report *r)
{
	int width = 8;

	for (size_t i = 0; i < r->nasset; i++)
		width = MAX(width, text_width(r->asset[i].key));
	for (size_t i = 0; i < r->norphan; i++)
		width = MAX(width, text_width(r->orphan[i].key));
	return MIN(width, KEY_MAX);
}

static void
put_title(struct buf *b, const struct report_style *s, const char *title)
{
	text_coloured(s, b, "1", sv_of(title));
	buf_putc(b, '\n');
}

static void
put_freshness(struct buf *b, const struct report_style *s, const struct asset_result *a, int width)
{
	const struct freshness *f = &a->freshness;

	buf_puts(b, "  ");
	text_mark(s, b, fresh_outcome(f->status));
	buf_putc(b, ' ');
	text_pad(b, a->key, width);
	buf_printf(b, "  %-7s  ", f->status == FRESH_FAIL ? "late" : fresh_status_names[f->status]);
	text_plain(b, f->evidence);
	buf_putc(b, '\n');
	if (f->warning.n > 0) {
		buf_printf(b, "%*s", width + (s->unicode ? 4 : 7) + 2, "");
		text_plain(b, f->warning);
		buf_putc(b, '\n');
	}
}

static void
put_stale(struct buf *b, const struct report_style *s, const struct asset_result *a, int width)
{
	const struct staleness *t = &a->staleness;

	buf_puts(b, "  ");
	text_mark(s, b, t->failing ? OUTCOME_FAIL : OUTCOME_WARN);
	buf_putc(b, ' ');
	text_pad(b, a->key, width);
	buf_printf(b, "  %-7s  ", stale_status_names[t->status]);
	text_plain(b, t->evidence);
	buf_putc(b, '\n');
	/* A path of one step is what the evidence says already. */
	if (t->npath < 3)
		return;
	buf_printf(b, "%*sroot cause: ", width + (s->unicode ? 4 : 7) + 11, "");
	for (size_t i = 0; i < t->npath; i++) {
		buf_puts(b, i == 0 ? "" : s->unicode ? " → " : " -> ");
		text_plain(b, t->path[i]);
	}
	buf_putc(b, '\n');
}

static void
put_orphan(struct buf *b, const struct report_style *s, const struct orphan *o, int width)
{
	buf_puts(b, "  ");
	text_mark(s, b, OUTCOME_WARN);
	buf_putc(b, ' ');
	text_pad(b, o->key, width);
	buf_printf(b, "  %-9s  ", orphan_kind_names[o->kind]);
	text_plain(b, o->evidence);
	buf_putc(b, '\n');
}

/* A blank line between sections, none before the first. */
static void
start_section(struct buf *b, const struct report_style *s, const char *title, bool *any)
{
	if (*any)
		buf_putc(b, '\n');
	put_title(b, s, title);
	*any = true;
}

static bool
is_stale(const struct asset_result *a)
{
	return a->has_staleness &&
	       (a->staleness.status == STALE_STALE || a->staleness.status == STALE_MISSING);
}

static bool
shows_freshness(const struct report_style *s, const struct asset_result *a)
{
	return a->has_freshness && (s->verbose || a->freshness.status != FRESH_NONE ||
	                            a->freshness.learning || a->freshness.warning.n > 0);
}

/* Of what nobody asked for nothing can be said; whoever asks for it now should learn how. */
static bool
asks_in_vain(const struct report *r)
{
	bool any = false;

	for (size_t i = 0; i < r->nasset; i++) {
		if (!r->asset[i].has_freshness || r->asset[i].freshness.status != FRESH_NONE ||
		    is_stale(&r->asset[i]))
			return false;
		any = true;
	}
	return any && strcmp(r->command, "fresh") == 0;
}

bool
text_put_state(struct buf *b, const struct report_style *s, const struct report *r)
{
	int width = key_width(r);
	bool any = false, titled = false;

	for (size_t i = 0; i < r->nasset; i++)
		if (shows_freshness(s, &r->asset[i])) {
			if (!titled)
				start_section(b, s, "Freshness", &any);
			titled = true;
			put_freshness(b, s, &r->asset[i], width);
		}
	if (!titled && asks_in_vain(r)) {
		start_section(b, s, "Freshness", &any);
		buf_puts(
			b,
			"  No asset says how old it may become: freshness: {max_age: 26h} in weir.yaml does.\n");
	}
	titled = false;
	for (size_t i = 0; i < r->nasset; i++)
		if (is_stale(&r->asset[i])) {
			if (!titled)
				start_section(b, s, "Staleness", &any);
			titled = true;
			put_stale(b, s, &r->asset[i], width);
		}
	if (r->norphan > 0)
		start_section(b, s, "Orphans", &any);
	for (size_t i = 0; i < r->norphan; i++)
		put_orphan(b, s, &r->orphan[i], width);
	return any;
}
