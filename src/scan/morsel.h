/*
 * The driver of a scan: parts cut into morsels, morsels read and turned into batches by a pool of threads, results handed over in
 * order.  Private to the scan.
 *
 *	part   |──────────────── a file ────────────────|
 *	morsel |   from    to|   from    to|   from   to|     cut at any byte
 *	owned     |start      end|start  end|start   end|     the records that begin in it
 *
 * A compressed part is one morsel, which one thread reads from front to back.
 */
#ifndef WEIR_SCAN_MORSEL_H
#define WEIR_SCAN_MORSEL_H

#include <stdatomic.h>

#include "scan/reader.h"
#include "scan/scan.h"

struct morsel {
	uint32_t part;
	bool last;          /* of its part */
	int64_t from, to;   /* bytes; a compressed part: the data's beginning, INT64_MAX */
	int64_t start, end; /* its records; known once scan.counted, not meant for compressed parts */
	int64_t row, rows;  /* number of the first one in the part, and how many: likewise */
	int64_t malformed;  /* records that are no rows, when it was last read */
	uint32_t block;     /* of formats that come in blocks; their rows are known from the beginning */
	int64_t first;      /* row of the block */
};

/* Where a malformed record begins. */
struct malformed_byte {
	uint32_t part;
	int64_t offset;
	char why[MALFORMED_WHY];
};

/* A metric of a run, for --explain. */
struct explained {
	const struct metric *m;
	struct pass_reads reads;
	int64_t unkept; /* parts whose states were too large to be kept */
};

/* Where the time goes. */
enum scan_stage { SCAN_ROWS, SCAN_SAMPLES, SCAN_HEADS, SCAN_STAGES };

struct scan {
	const struct dataset *d;
	struct scan_options o;
	const struct reader_driver *driver;
	struct arena *a;
	struct schema schema;
	struct blocks *blocks;   /* of formats that come in blocks; else NULL */
	struct folders *folders; /* columns that the files' paths name; NULL = none */
	int64_t *data_start;     /* by part */
	bool *seekable;          /* by part */
	size_t morsel_bytes;
	struct morsel *morsel;
	int64_t nmorsel;
	bool counted;         /* the morsels' records are known: all were read once */
	int64_t *rows_before; /* by part, and one more for the end */
	int64_t malformed;
	struct malformed_byte bad[MALFORMED_KEEP]; /* the first ones, in order */
	uint32_t nbad;
	_Atomic int64_t bytes_read, pages_passed;
	LIST(struct explained) explained;
	unsigned *needed; /* by column: how it was needed, of all runs */
	int64_t stage_ns[SCAN_STAGES];
	struct kept *kept; /* opened by the first who asks it, see scan/heads.h */
	const char *kept_trouble;
	struct sv *
		head; /* by part: what is to be kept of its head; NULL where it is kept already; NULL = none is to be */
	bool *read; /* by part: something of it was read for a metric */
};

DEFINE_CLEANUP(scan, scan_close)

/* What to do with the rows.  All take the context; `thread` is in [0, threads of the pool). */
struct morsel_work {
	void *ctx;
	enum scan_stage stage; /* whose time it is */
	const unsigned *need;  /* by column */
	const int64_t *pick;   /* ascending numbers of morsels, or NULL = all */
	int64_t npick;
	bool whole; /* picked are all morsels of some parts; else they are known, and batches numbered from the start of the part */
	/*
	 * What is known of a morsel's rows before they are read, where the format tells: sets need by column to what is still needed, and *open
	 * if the batches are, and *pieces if to know of some of the rows might help.  NULL = everything is.
	 */
	bool (*preview)(void *ctx, unsigned thread, const struct preview *v, unsigned *need, bool *open,
	                bool *pieces, struct err *err);
	/*
	 * The same of some of these rows, where an index tells of them apart: of what is needed since then, what is still needed of them.  Asked if the first
	 * said that less than all might do.  NULL if preview is.
	 */
	bool (*preview_piece)(void *ctx, unsigned thread, const struct preview *v, unsigned *need, bool *open,
	                      struct err *err);
	/* May it have use for these rows of a part?  NULL = yes.  Only asked where rows can be passed over. */
	bool (*wants)(void *ctx, struct row_at from, int64_t rows);
	/* A batch of morsel i; batches of one morsel come in order. */
	bool (*batch)(void *ctx, unsigned thread, const struct batch *b, struct err *err);
	/*
	 * Does this thread hold so much of its morsel that it must go before the rest is read?  Then flush is called as soon as all morsels before are
	 * merged, which takes it, as merge would.  NULL = never: what a cut holds is bounded.
	 */
	bool (*full)(void *ctx, unsigned thread);
	bool (*flush)(void *ctx, unsigned thread); /* false: enough, no more are wanted */
	/* All of a morsel was seen: what is to be merged, or NULL. */
	void *(*cut)(void *ctx, unsigned thread);
	/* Takes the cuts in the order of the morsels, one at a time; at: of the morsel's first row.  False: enough, no more are wanted. */
	bool (*merge)(void *ctx, void *cut, struct row_at at);
	void (*drop)(void *cut); /* of a scan that failed, or had enough */
};

/* The schema: columns that were found, those of the files' paths, and over both what the catalog declares. */
MUST_CHECK bool scan_declare(struct scan *s, const struct column *found, uint32_t n, struct err *err);

/* Cuts the parts, whose heads were read. */
MUST_CHECK bool morsels_plan(struct scan *s, struct err *err);
/* Row numbers need all morsels to have been counted; a scan without metrics does that, where none was made yet. */
MUST_CHECK bool scan_count(struct scan *s, struct err *err);
/* All morsels' records are known. */
void morsels_counted(struct scan *s);
MUST_CHECK bool morsels_run(struct scan *s, const struct morsel_work *work, struct err *err);

/* The line (from 1) that a byte of a part stands on; reads the part up to there. */
MUST_CHECK bool line_at(const struct scan *s, uint32_t part, int64_t offset, int64_t *line, struct err *err);

/* A stretch of an input in memory, that grows at its end. */
struct window {
	struct input *in;
	char *p; /* READER_PAD bytes more than cap */
	size_t n, cap;
	int64_t offset; /* of p[0] in the input */
	bool end;       /* the input ends behind p[n] */
};
/* Reads until there are `want` bytes or the input ends. */
MUST_CHECK bool window_fill(struct window *w, size_t want, struct err *err);
/* Forgets everything and goes to an offset; a compressed input must be there already. */
void window_seek(struct window *w, int64_t offset);
/* Forgets the first n bytes. */
void window_drop(struct window *w, size_t n);
void window_fini(struct window *w);

#endif
