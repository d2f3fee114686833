/*
 * A decision for people: what blocks first, then what to do about it.
 *
 *	gate marts/sales: BLOCK
 *	  block  check_failed  raw/orders     3 of 10000 values are null (0.03 %)
 *	  allow  stale         raw/customers  raw/rates is newer
 *	next: repair raw/orders and make it anew
 */
#include "base/utf8.h"
#include "gate/gate.h"

enum { SHOWN_MAX = 40, NAME_MAX_WIDTH = 48, VERSION_SHOWN = 12 };

static const struct {
	const char *name, *colour; /* SGR */
} effects[] = {
	[EFFECT_ALLOW] = {"allow", "2"}, [EFFECT_WARN] = {"warn ", "33"}, [EFFECT_BLOCK] = {"block", "31"}};

/* Behind "next: "; @ stands for the input with its partition. */
static const char *const hints[REASON_COUNT] = {
	[REASON_CHECK_FAILED] = "repair @ and make it anew",
	[REASON_CHECK_ERROR] = "weir check @  (says why it could not be evaluated)",
	[REASON_UNCHECKED] = "weir check @  (or weir gate --run)",
	[REASON_CHANGED] = "ask again when @ is no longer written",
	[REASON_MISSING] = "make @ first",
	[REASON_DANGLING] = "declare @ in weir.yaml, or take it out of depends_on",
	[REASON_IN_PROGRESS] = "wait for the run that makes @  (weir gate --wait 30m)",
	[REASON_TAINTED] = "make @ anew from inputs that passed",
	[REASON_LATE] = "see why @ is late  (weir fresh)",
	[REASON_STALE] = "make @ anew",
	[REASON_WARNED] = "see what @ is warned about  (weir status)",
	[REASON_NO_CHECKS] = "declare checks for @",
	[REASON_WAIVED] = "repair @",
	[REASON_UNDECIDED] = "see why @ cannot be looked at  (weir fresh)",
};

static void
put_coloured(struct buf *b, bool colour, const char *sgr, const char *text)
{
	if (colour)
		buf_printf(b, "\033[%sm%s\033[0m", sgr, text);
	else
		buf_puts(b, text);
}

/*
 * Messages quote data and names, which must not speak to the terminal: controls, turns of direction
 * and broken UTF-8 become '?'.
 */
static void
put_clean(struct buf *b, struct sv s)
{
	while (s.n > 0) {
		uint32_t c;
		size_t n = utf8_decode(s, &c);

		if (UTF8_IS_BAD(c) || c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
		    (c >= 0x2066 && c <= 0x2069))
			buf_putc(b, c == '\n' || c == '\t' ? ' ' : '?');
		else
			buf_add(b, (struct sv){s.p, n});
		s = sv_skip(s, n);
	}
}

static void
put_name(struct buf *b, struct sv upstream, struct sv partition)
{
	put_clean(b, upstream);
	if (partition.n > 0) {
		buf_putc(b, ' ');
		put_clean(b, partition);
	}
}

/* Widths of names in terminal columns. */
static int
name_width(struct sv upstream, struct sv partition)
{
	return sv_width(upstream) + (partition.n > 0 ? 1 + sv_width(partition) : 0);
}

static void
put_spaces(struct buf *b, int n)
{
	for (int i = 0; i < n; i++)
		buf_putc(b, ' ');
}

static void
put_reason(struct buf *b, const struct reason *r, bool colour, int kind_width, int width)
{
	buf_puts(b, "  ");
	put_coloured(b, colour, effects[r->effect].colour, effects[r->effect].name);
	buf_printf(b, "  %-*s  ", kind_width, reason_names[r->kind]);
	put_name(b, r->upstream, r->partition);
	put_spaces(b, width - name_width(r->upstream, r->partition) + 2);
	put_clean(b, r->message);
	if (r->check.n > 0) {
		buf_puts(b, "  [");
		put_clean(b, r->check);
		buf_putc(b, ']');
	}
	buf_putc(b, '\n');
}

static void
put_reasons(struct buf *b, const struct decision *d, bool colour, const char *dots)
{
	int kind_width = 0, width = 0;
	size_t shown = 0;

	for (size_t i = 0; i < d->nreason; i++) {
		kind_width = MAX(kind_width, (int)strlen(reason_names[d->reason[i].kind]));
		width = MAX(width, name_width(d->reason[i].upstream, d->reason[i].partition));
	}
	width = MIN(width, NAME_MAX_WIDTH);
	for (int effect = EFFECT_BLOCK; effect >= EFFECT_ALLOW; effect--)
		for (size_t i = 0; i < d->nreason; i++)
			if ((int)d->reason[i].effect == effect && shown < SHOWN_MAX) {
				put_reason(b, &d->reason[i], colour, kind_width, width);
				shown++;
			}
	if (shown < d->nreason)
		buf_printf(b, "  %s %zu more: --format json lists all\n", dots, d->nreason - shown);
}

static void
put_hint(struct buf *b, const char *hint, struct sv name)
{
	struct sv rest = sv_of(hint);

	buf_add(b, sv_cut(&rest, '@'));
	buf_add(b, name);
	buf_add(b, rest);
}

/* One for each kind and input; of a partitioned input the first says it all. */
static void
put_hints(struct buf *b, const struct decision *d)
{
	for (size_t i = 0; i < d->nreason; i++) {
		const struct reason *r = &d->reason[i];
		bool said = r->effect != EFFECT_BLOCK || hints[r->kind] == NULL;

		for (size_t k = 0; !said && k < i; k++)
			said = d->reason[k].effect == EFFECT_BLOCK && d->reason[k].kind == r->kind &&
			       sv_eq(d->reason[k].upstream, r->upstream);
		if (said)
			continue;

		AUTO(buf) name = buf_new(4096);

		put_clean(name, r->upstream);
		if (r->partition.n > 0 && r->kind == REASON_UNCHECKED)
			buf_puts(name, " --partition ");
		else if (r->partition.n > 0)
			buf_putc(name, ' ');
		put_clean(name, r->partition);
		buf_puts(b, "next: ");
		put_hint(b, hints[r->kind], buf_sv(name));
		buf_putc(b, '\n');
	}
}

void
gate_text(const struct decision *d, bool colour, bool unicode, struct buf *b)
{
	buf_puts(b, "gate ");
	put_name(b, d->asset, d->partition);
	buf_puts(b, ": ");
	if (d->would_block && d->shadow)
		put_coloured(b, colour, "33", "ALLOW (shadow mode; it would block)");
	else
		put_coloured(b, colour, d->allow ? "32" : "1;31", d->allow ? "ALLOW" : "BLOCK");
	if (d->ninput == 0 && d->nreason == 0)
		buf_puts(b, "  (it has no inputs)");
	buf_putc(b, '\n');
	put_reasons(b, d, colour, unicode ? "…" : "...");
	if (d->would_block)
		put_hints(b, d);
}

void
gate_text_inputs(const struct decision *d, struct buf *b)
{
	int width = 0;

	for (size_t i = 0; i < d->ninput; i++)
		width = MAX(width, name_width(d->input[i].upstream, d->input[i].partition));
	width = MIN(width, NAME_MAX_WIDTH);
	for (size_t i = 0; i < d->ninput; i++) {
		const struct gate_input *in = &d->input[i];

		buf_puts(b, "  reads  ");
		put_name(b, in->upstream, in->partition);
		put_spaces(b, width - name_width(in->upstream, in->partition));
		buf_printf(b, "  checks %s  freshness %s  version ", gate_input_checks(in),
		           fresh_status_names[in->freshness]);
		if (in->data_version.n == 0)
			buf_puts(b, "unknown");
		put_clean(b, (struct sv){in->data_version.p, MIN(in->data_version.n, VERSION_SHOWN)});
		buf_putc(b, '\n');
	}
}
