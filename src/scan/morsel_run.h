/*
 * A run over the morsels while it lasts.  What morsel.c, which plans, hands out and merges, and morsel_read.c, which reads, share.
 */
#ifndef WEIR_SCAN_MORSEL_RUN_H
#define WEIR_SCAN_MORSEL_RUN_H

#include <pthread.h>

#include "scan/blocks.h"
#include "scan/folders.h"
#include "scan/morsel.h"

#define STATE_UNKNOWN 255

/* What a thread has for itself. */
struct worker {
	struct window w;
	struct reader *r;
	struct cursor *c; /* instead of the reader, of formats that come in blocks */
	unsigned *need;   /* by column: of the morsel, of these formats */
	struct folder_lanes *folders;
};

/* A part while its morsels are read. */
struct open_part {
	struct input *in;
	struct block_file *file; /* of formats that come in blocks */
	bool kept;               /* both belong to the scan */
	int64_t left;            /* morsels that were not finished yet */
};

struct run {
	struct scan *s;
	const struct morsel_work *work;
	int64_t n;
	struct worker *worker;
	unsigned threads;

	pthread_mutex_t lock;
	pthread_cond_t news;
	/* Guarded by the lock. */
	struct open_part *part;
	uint8_t *state; /* by job: behind the morsel */
	void **cut;     /* by job; meant where done */
	uint8_t *done;
	int64_t merged; /* jobs whose cuts were merged */
	int64_t rows;   /* of the part of the next job to be merged */
	int64_t failed; /* the first job that failed */
	bool enough;
	struct err err;
	int64_t malformed;
	int64_t bytes, total; /* for the progress */

	_Atomic int64_t unpacked; /* bytes read in this run, against the limit */
};

/* A morsel on its way through a thread. */
struct task {
	struct run *r;
	struct worker *w;
	unsigned thread;
	int64_t job;
	struct morsel *m;
	const struct part *part;
	int64_t rows, malformed;                   /* so far */
	struct malformed_byte bad[MALFORMED_KEEP]; /* the first malformed records */
	uint32_t nbad;
	bool moot; /* nobody wants the rest of it any more */
	struct err *err;
};

/* Waits for the state behind the job before; false: it is moot. */
bool run_wait_for_state(struct run *r, int64_t job, uint8_t *state);
void run_publish_state(struct run *r, int64_t job, uint8_t state);
/* Waits until all jobs before it are merged, then flushes what the thread holds; false: it is moot, or became so. */
bool run_flush(struct run *r, int64_t job, unsigned thread);
/* Opens a part if no thread has it open. */
MUST_CHECK bool run_open_part(struct run *r, uint32_t part, struct input **ret, struct err *err);

/* Is the scan within its source's limits still? */
MUST_CHECK bool task_check_limits(const struct task *t);
/* Reads the task's morsel and gives its batches to the work.  True also if it turned out to be moot. */
MUST_CHECK bool task_read(struct task *t, bool *moot);

#endif
