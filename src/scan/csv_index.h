/*
 * The structure of CSV: where records begin and where their separators stand.
 *
 * A quote opens a quoted field only where a field begins; inside, a doubled quote is one, and anything but a separator behind
 * the closing quote is a broken record.  Seen from far:
 *
 *	RECORD ──text──► PLAIN ──delimiter──► FIELD       (newline: back to RECORD from anywhere but QUOTED)
 *	RECORD, FIELD ──quote──► QUOTED ──quote──► CLOSED ──quote──► QUOTED
 *
 * While quotes are regular, a place is QUOTED exactly if an odd number of quotes stands before it, so that quotes can be
 * counted by the word.  A quote that opens anywhere else breaks this; then the states are followed byte by byte.
 */
#ifndef WEIR_SCAN_CSV_INDEX_H
#define WEIR_SCAN_CSV_INDEX_H

#include "base/arena.h"
#include "catalog/catalog.h"
#include "scan/reader.h"

enum csv_state { CSV_RECORD = BORDER_RECORD, CSV_PLAIN = BORDER_INSIDE, CSV_FIELD, CSV_QUOTED, CSV_CLOSED };

/* The borders of records, as struct reader_driver says. */
unsigned csv_survey(const struct dataset *d, struct sv text, char before);
uint8_t csv_advance(const struct dataset *d, struct sv text, unsigned survey, char before, uint8_t state);
int64_t csv_border(const struct dataset *d, struct sv text, uint8_t *state);

/* Records of a text, in order: record i has separators sep[end[i - 1]] to sep[end[i] - 1], the last of which ends it. */
struct csv_index {
	uint32_t *sep;    /* offsets in the text; the end of the text ends a record too */
	size_t nsep, cap; /* private */
	uint32_t *end;    /* [VECTOR_ROWS] */
	uint64_t broken[BITMAP_WORDS(VECTOR_ROWS)]; /* records with a misplaced quote */
	uint32_t n;
	/* records with more separators than this lose those between: they are malformed anyway */
	uint32_t columns;
};
void csv_index_init(struct csv_index *x, uint32_t columns);
void csv_index_fini(struct csv_index *x);
/* Up to max records of a text that begins with one and ends with one (or with the part), max <= VECTOR_ROWS. */
void csv_index_text(struct csv_index *x, const struct csv_format *f, struct sv text, uint32_t max);

/* Why a malformed record, without its line end, is no row of that many columns. */
void csv_index_why(const struct csv_format *f, struct sv record, uint32_t columns,
                   char why[static MALFORMED_WHY]);

/* Without the carriage return of CRLF: the end of a record that begins at `start` and whose newline stands at `end`. */
static inline size_t
csv_trim(const char *p, size_t start, size_t end)
{
	return end > start && p[end - 1] == '\r' ? end - 1 : end;
}

#endif
