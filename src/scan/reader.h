/* Readers: one row per file format.  Bytes in, vectors of the needed columns out. */
#ifndef WEIR_SCAN_READER_H
#define WEIR_SCAN_READER_H

#include "scan/pass.h"
#include "source/dataset.h"

/* What the head of a part shows. */
struct head {
	struct schema schema;  /* inferred types; declared ones are put over them by the scan */
	int64_t data_start;    /* offset of the first record */
	int64_t inferred_rows;
};

struct reader_driver {
	const char *format;
	const char *const *suffix; /* NULL-terminated */
	/* Schema from the first INFER_ROWS records of the part's first bytes.  `whole`: the text is the entire part. */
	bool (*head)(struct arena *a, const struct dataset *d, const struct part *p, struct sv text, bool whole, struct head *ret, struct err *err);
	/* Thread state. */
	struct reader *(*open)(const struct dataset *d, const struct schema *schema, const unsigned *need);
	void (*close)(struct reader *r);
	/*
	 * Is the record border that is the first at or after `from` known from text alone?  CSV: quotes decide, so the quote parity
	 * up to the morsel comes in and goes out.  Returns the offset of the first record that starts at or after from, in text, or -1.
	 */
	int64_t (*sync)(const struct dataset *d, struct sv text, int64_t from, bool *in_quotes);
	/* Records of text from *at on, at most VECTOR_ROWS: sets the batch; *at moves behind the last record read.  `last`: text ends the part. */
	bool (*next)(struct reader *r, struct sv text, size_t *at, bool last, struct batch *ret, struct err *err);
};

#define INFER_ROWS 1000 /* rows that type inference looks at, the same at any thread count */
#define INFER_BYTES (1 << 20)

extern const struct reader_driver reader_csv, reader_jsonl;
extern const struct reader_driver *const reader_drivers[];
extern const size_t reader_driver_count;

#endif
