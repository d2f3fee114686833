/* Programs of the user's: run with a text on their standard input, until they end or their time is over.  No shell is involved. */
#ifndef WEIR_BASE_PROCESS_H
#define WEIR_BASE_PROCESS_H

#include "base/arena.h"
#include "base/err.h"

struct process {
	char *const *argv;  /* NULL-terminated; without a slash argv[0] is looked up in PATH */
	char *const *env;   /* NULL = as ours */
	const char *dir;    /* where it starts; NULL = here */
	struct sv input;    /* it need not read all of it */
	int64_t timeout_us; /* then it is killed, with all that it started */
	size_t output_max;  /* of each stream; what it writes beyond is read and dropped */
	bool one_output;    /* what it writes on stderr is part of `out` */
};

struct process_end {
	int status; /* its exit status, or 128 + the signal that killed it */
	int signal; /* 0 = it ended by itself */
	struct sv out, err;
	bool cut; /* it wrote more than output_max */
};

/*
 * Runs it to its end; SIGPIPE must be ignored, as cmd_main does.  It has a process group of its own, which is killed afterwards, also what it left behind.  False if it
 * cannot be started (ERR_IO) or did not end in time (ERR_TIMEOUT).  The texts live in the arena.
 */
MUST_CHECK bool process_run(struct arena *a, const struct process *p, struct process_end *ret,
                            struct err *err);

/* The last line of what it wrote, trimmed; at most max bytes of it.  For messages: escape it. */
struct sv process_last_line(struct sv output, size_t max);

/* This process: all that is mapped, and what of it is in memory.  False where the kernel does not say. */
MUST_CHECK bool process_memory(int64_t *mapped_bytes, int64_t *resident_bytes);

#endif
