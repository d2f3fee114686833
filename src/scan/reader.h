/*
 * Readers: one row per file format.  Bytes in, vectors of the needed columns out.
 *
 * A part is cut into morsels at any byte.  A morsel owns the records that begin in it.  Where these begin, only the bytes before
 * can say (a newline may be quoted), so a state of one byte runs from border to border: each thread surveys its bytes without
 * knowing the state, waits for that of the morsel before, and computes from both the state behind its own.
 */
#ifndef WEIR_SCAN_READER_H
#define WEIR_SCAN_READER_H

#include "scan/pass.h"
#include "source/dataset.h"

#define INFER_ROWS 1000               /* records that type inference looks at, the same at any thread count */
#define INFER_BYTES ((size_t)1 << 20) /* and no more bytes than this, if they hold a record */
#define READER_PAD 64 /* readable bytes behind all texts that readers get; what is in them does not matter */
#define RECORD_MAX ((size_t)64 << 20)
#define FIELD_MAX ((size_t)16 << 20)
#define COLUMNS_MAX 65535

/* What the head of a part shows. */
struct head {
	const struct sv *name;
	const uint16_t *classes; /* by column: what its values were, bits of enum field_class */
	const bool *
		own; /* by column: it is a key of the record itself, not of an object in it; NULL = all are */
	uint32_t n;
	int64_t data_start; /* offset of the first record; -1: the text ends before */
	int64_t rows;       /* records seen, at most INFER_ROWS */
};

enum {
	BORDER_RECORD,
	BORDER_INSIDE
}; /* states: a record begins here; somewhere else.  Readers may have more */

/* A record that is no row. */
struct malformed {
	size_t at; /* where it begins in the text */
	char why[MALFORMED_WHY];
};

struct reader {
	const struct reader_driver *driver;
	struct malformed bad[MALFORMED_KEEP]; /* the first of the last batch's malformed records */
	uint32_t nbad;
	size_t error_at; /* in the text: the record that the last call failed at */
};

struct block_driver;

struct reader_driver {
	const char *format;
	/* Of formats that come in blocks of rows (scan/blocks.h): all functions below are NULL then. */
	const struct block_driver *blocks;
	bool fixed;           /* the head names all columns; else a declared column may well come later */
	enum type_kind mixed; /* the type of a column with values of several kinds */
	/* Names and classes from the first records of a part.  `whole`: the text is the entire part. */
	bool (*head)(struct arena *a, const struct dataset *d, const struct part *p, struct sv text,
	             bool whole, struct head *ret, struct err *err);
	/*
	 * Can a newline stand inside a record?  If not (or if `chained` is NULL), the state before a byte is BORDER_RECORD behind a newline,
	 * else BORDER_INSIDE, and survey and advance are not called.
	 */
	bool (*chained)(const struct dataset *d);
	unsigned (*survey)(const struct dataset *d, struct sv text, char before);
	uint8_t (*advance)(const struct dataset *d, struct sv text, unsigned survey, char before,
	                   uint8_t state);
	/* Offset of the first record that begins in the text, given the state before it; -1 if none does: *state is that behind it then. */
	int64_t (*border)(const struct dataset *d, struct sv text, uint8_t *state);
	/* A thread's own; need[i] says how column i is needed. */
	struct reader *(*open)(const struct dataset *d, const struct schema *schema, const unsigned *need);
	void (*close)(struct reader *r);
	/*
	 * Records of a text of whole ones, from *at on, at most VECTOR_ROWS: sets the batch but for `at`, and moves *at behind the last record
	 * read.  A batch may be empty.  Its vectors live until the next call, and no longer than the text.
	 */
	bool (*next)(struct reader *r, struct sv text, size_t *at, struct batch *ret, struct err *err);
};

/* One for each format: reader_csv … */
#define FILE_FORMAT(name, title) extern const struct reader_driver reader_##name;
#define FILE_ALIAS(name, format, tabs)
#define FILE_BARE(name, format)
#include "catalog/file_formats.def"
#undef FILE_FORMAT
#undef FILE_ALIAS
#undef FILE_BARE
extern const struct reader_driver *const reader_drivers[];
extern const size_t reader_driver_count;
extern const char *const reader_formats[]; /* theirs, NULL-terminated */
/* By the dataset's format, else by the name of its first part (catalog/file_format.h); NULL with ERR_UNSUPPORTED. */
const struct reader_driver *reader_driver_for(const struct dataset *d, struct err *err);

#endif
