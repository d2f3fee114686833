/*
 * Tallies beyond their memory: what was counted so far goes into a temporary file, cut by the values' hashes, and the tally begins anew.
 * At the end one partition after another is counted together, so that only its values have to fit.
 *
 *	chunk   partition 0: count, value, count, value … │ partition 1 … │ where each begins
 */
#ifndef WEIR_METRIC_TALLY_FILE_H
#define WEIR_METRIC_TALLY_FILE_H

#include "metric/spill.h"
#include "metric/tally.h"

struct tally_chunk {
	const struct spill *file;
	int64_t index; /* where the table of beginnings stands */
};

/* All-zero is one without chunks. */
struct tally_file {
	struct spill **file;
	size_t nfile;
	struct tally_chunk *chunk;
	size_t nchunk, cap;
};

void tally_file_fini(struct tally_file *f);
/* Empties the tally; folder: see spill.h. */
MUST_CHECK bool tally_file_add(struct tally_file *f, struct value_tally *t, const char *folder,
                               struct err *err);
/* Takes all chunks of `from`. */
void tally_file_merge(struct tally_file *f, struct tally_file *from);
/* Calls fn with the tally of each partition: together these are all values, each once. */
MUST_CHECK bool tally_file_each(struct tally_file *f, void (*fn)(void *ctx, struct value_tally *t), void *ctx,
                                struct err *err);

#endif
