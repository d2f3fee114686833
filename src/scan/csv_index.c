/*
 * The structure of CSV, 64 bytes a step: three bitmaps (delimiters, newlines, quotes), the quote parity as a prefix XOR,
 * and what is left are the separators' places.  The byte-by-byte machine below is the definition; it takes over where quotes are
 * not regular.
 */
#include "scan/csv_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/simd.h"
#include "scan/bytes.h"

static inline enum csv_state
step(const struct csv_format *f, enum csv_state s, char c, bool *broken)
{
	if (c == f->quote && f->quote != '\0') {
		switch (s) {
		case CSV_RECORD:
		case CSV_FIELD:
		case CSV_CLOSED:
			return CSV_QUOTED;
		case CSV_QUOTED:
			return CSV_CLOSED;
		default:
			*broken = true;
			return CSV_PLAIN;
		}
	}
	if (s == CSV_QUOTED)
		return CSV_QUOTED;
	if (c == '\n')
		return CSV_RECORD;
	if (c == f->delimiter)
		return CSV_FIELD;
	return CSV_PLAIN;
}

unsigned
csv_survey(const struct dataset *d, struct sv text, char before)
{
	struct simd_format f = {.delimiter = d->csv.delimiter, .quote = d->csv.quote};

	return simd_level()->survey(f, text, before);
}

/* The state behind a text whose quotes are regular. */
static enum csv_state
state_behind(const struct csv_format *f, bool quoted, char last)
{
	if (quoted)
		return CSV_QUOTED;
	if (last == '\n')
		return CSV_RECORD;
	if (last == f->delimiter)
		return CSV_FIELD;
	return last == f->quote ? CSV_CLOSED : CSV_PLAIN;
}

uint8_t
csv_advance(const struct dataset *d, struct sv text, unsigned survey, char before, uint8_t state)
{
	const struct csv_format *f = &d->csv;
	bool quoted = state == CSV_QUOTED, broken;

	if (text.n == 0)
		return state;
	/* A quote before that did not close anything (PLAIN) must not be taken for one that did. */
	if ((survey & (quoted ? SIMD_ODD : SIMD_EVEN)) == 0 && (state != CSV_PLAIN || before != f->quote))
		return (uint8_t)state_behind(f, quoted != ((survey & SIMD_PARITY) != 0), text.p[text.n - 1]);
	for (size_t i = 0; i < text.n; i++)
		state = (uint8_t)step(f, (enum csv_state)state, text.p[i], &broken);
	return state;
}

int64_t
csv_border(const struct dataset *d, struct sv text, uint8_t *state)
{
	enum csv_state s = (enum csv_state) * state;
	bool broken;

	if (s == CSV_RECORD)
		return 0;
	for (size_t i = 0; i < text.n; i++) {
		s = step(&d->csv, s, text.p[i], &broken);
		if (s == CSV_RECORD)
			return (int64_t)i + 1;
	}
	*state = (uint8_t)s;
	return -1;
}

void
csv_index_init(struct csv_index *x, uint32_t columns)
{
	*x = (struct csv_index){.columns = columns, .end = xcalloc(VECTOR_ROWS, sizeof(uint32_t))};
}

void
csv_index_fini(struct csv_index *x)
{
	free(x->sep);
	free(x->end);
}

/* Room for 64 more separators, and the end of the text. */
static inline void
reserve(struct csv_index *x)
{
	if (x->nsep + 65 <= x->cap)
		return;
	x->cap = x->cap == 0 ? 1024 : x->cap * 2;
	x->sep = xrealloc(x->sep, x->cap * sizeof(x->sep[0]));
}

/* Keeps a record with far too many separators from filling the memory: one too many is as wrong. */
static inline void
cut_record(struct csv_index *x, size_t first)
{
	size_t most = first + x->columns + 1;

	if (x->nsep > most)
		x->nsep = most;
}

static inline void
end_record(struct csv_index *x, bool broken)
{
	if (broken)
		bit_set(x->broken, x->n);
	x->end[x->n++] = (uint32_t)x->nsep;
}

/* Byte by byte: the definition. */
static void
index_slowly(struct csv_index *x, const struct csv_format *f, struct sv text, uint32_t max)
{
	enum csv_state s = CSV_RECORD;
	bool broken = false;
	size_t first = 0;

	x->n = 0;
	x->nsep = 0;
	for (size_t i = 0; i < text.n && x->n < max; i++) {
		enum csv_state before = s;

		s = step(f, s, text.p[i], &broken);
		/* Behind a closing quote: only a separator or the CR of CRLF. */
		if (before == CSV_CLOSED && s == CSV_PLAIN &&
		    (text.p[i] != '\r' || (i + 1 < text.n && text.p[i + 1] != '\n')))
			broken = true;
		if (s != CSV_RECORD && s != CSV_FIELD)
			continue;
		reserve(x);
		cut_record(x, first);
		x->sep[x->nsep++] = (uint32_t)i;
		if (s == CSV_RECORD) {
			end_record(x, broken);
			broken = false;
			first = x->nsep;
		}
	}
	if (s != CSV_RECORD && x->n < max) {
		reserve(x);
		cut_record(x, first);
		x->sep[x->nsep++] = (uint32_t)text.n;
		end_record(x, broken || s == CSV_QUOTED);
	}
}

/* What the quotes of 64 bytes say. */
struct quotes {
	uint64_t quoted; /* places between quotes, the opening one included; carried: all ones or none */
	uint64_t carry;
	bool may_open; /* may a quote at the first byte open? */
};

/* May this byte stand behind a closing quote? */
static bool
may_follow(const struct csv_format *f, struct sv text, size_t at)
{
	if (at >= text.n)
		return true;

	char c = text.p[at];

	return c == f->delimiter || c == '\n' || c == f->quote ||
	       (c == '\r' && (at + 1 >= text.n || text.p[at + 1] == '\n'));
}

/* Computes q->quoted for the block at `at`; false if a quote is misplaced. */
static bool
scan_quotes(struct quotes *q, const struct csv_format *f, struct sv text, size_t at, uint64_t quote,
            uint64_t separator)
{
	uint64_t odd = bytes_prefix_xor(quote) ^ q->carry;
	uint64_t opening = quote & odd, closing = quote & ~odd;
	uint64_t may = separator | quote;

	if ((opening & ~(may << 1 | (uint64_t)q->may_open)) != 0)
		return false;
	/* Few closing quotes stand before anything but a plain separator: look at these one by one. */
	for (uint64_t m = closing & ~(may >> 1); m != 0; m &= m - 1)
		if (!may_follow(f, text, at + (size_t)__builtin_ctzll(m) + 1))
			return false;
	q->quoted = odd;
	q->carry = odd >> 63 ? ~UINT64_C(0) : 0;
	q->may_open = may >> 63;
	return true;
}

static inline void
add_separators(struct csv_index *x, uint64_t separators, uint32_t at)
{
	uint32_t *dst = x->sep + x->nsep;

	x->nsep += (size_t)__builtin_popcountll(separators);
	for (; separators != 0; separators &= separators - 1)
		*dst++ = at + (uint32_t)__builtin_ctzll(separators);
}

/* False if quotes are misplaced: then nothing is said. */
static bool
index_fast(struct csv_index *x, const struct csv_format *f, struct sv text, uint32_t max)
{
	struct quotes q = {.may_open = true};
	size_t first = 0;

	x->n = 0;
	x->nsep = 0;
	for (size_t at = 0; at < text.n && x->n < max; at += 64) {
		uint64_t in = text.n - at < 64 ? (UINT64_C(1) << (text.n - at)) - 1 : ~UINT64_C(0);
		uint64_t newline = bytes_equal(text.p + at, '\n') & in;
		uint64_t separator = (bytes_equal(text.p + at, f->delimiter) & in) | newline;
		uint64_t quote = f->quote != '\0' ? bytes_equal(text.p + at, f->quote) & in : 0;

		if ((quote | q.carry) != 0) {
			if (!scan_quotes(&q, f, text, at, quote, separator))
				return false;
			newline &= ~q.quoted;
			separator &= ~q.quoted;
		} else {
			q.may_open = separator >> 63;
		}
		reserve(x);

		size_t base = x->nsep;

		add_separators(x, separator, (uint32_t)at);
		for (uint64_t m = newline; m != 0 && x->n < max; m &= m - 1) {
			uint64_t upto = m ^ (m - 1); /* this newline and all before */

			first = base + (size_t)__builtin_popcountll(separator & upto);
			x->end[x->n++] = (uint32_t)first;
		}
		if (newline == 0)
			cut_record(x, first);
	}
	if (x->n < max && q.carry != 0)
		return false;
	if (x->n < max && (text.n == 0 || x->n == 0 || x->sep[x->end[x->n - 1] - 1] + 1 < text.n) &&
	    text.n > 0) {
		x->sep[x->nsep++] = (uint32_t)text.n;
		x->end[x->n++] = (uint32_t)x->nsep;
	}
	return true;
}

void
csv_index_text(struct csv_index *x, const struct csv_format *f, struct sv text, uint32_t max)
{
	memset(x->broken, 0, sizeof(x->broken));
	reserve(x);
	if (!index_fast(x, f, text, max))
		index_slowly(x, f, text, max);
}

void
csv_index_why(const struct csv_format *f, struct sv record, uint32_t columns, char why[static MALFORMED_WHY])
{
	enum csv_state s = CSV_RECORD;
	uint32_t field = 1;

	for (size_t i = 0; i < record.n; i++) {
		enum csv_state before = s;
		bool broken = false;

		s = step(f, s, record.p[i], &broken);
		field += s == CSV_FIELD;
		if (broken) {
			(void)snprintf(why, MALFORMED_WHY,
			               "field %" PRIu32 " has a quote inside, but does not begin with one",
			               field);
			return;
		}
		if (before == CSV_CLOSED && s == CSV_PLAIN && (record.p[i] != '\r' || i + 1 < record.n)) {
			(void)snprintf(why, MALFORMED_WHY,
			               "field %" PRIu32 " has text behind its closing quote", field);
			return;
		}
	}
	if (s == CSV_QUOTED)
		(void)snprintf(why, MALFORMED_WHY, "the quote that opens field %" PRIu32 " is never closed",
		               field);
	else
		(void)snprintf(why, MALFORMED_WHY, "%" PRIu32 " field%s where %" PRIu32 " %s expected", field,
		               field == 1 ? "" : "s", columns, columns == 1 ? "is" : "are");
}
