/*
 * What a process that reads strangers' data gives up before it looks at them: time, memory, files, privileges, the file system but for a few
 * folders, the network.  What was given up never comes back, also not for the programs that it starts.
 *
 * Each measure is there or not, by the kernel; what is not there is told (sandbox_measures), and the others hold all the same.
 */
#ifndef WEIR_SERVE_SANDBOX_H
#define WEIR_SERVE_SANDBOX_H

#include "base/arena.h"
#include "base/err.h"

struct sandbox {
	int64_t cpu_s;        /* seconds of processor time; 0 = any */
	int64_t memory_bytes; /* of address space; 0 = any */
	int64_t file_bytes;   /* of a file that it writes; 0 = any */
	bool exec;            /* it may start programs */
	bool everywhere;      /* it may read any file, as the programs that it starts need their own */
	/* Folders (with what lies below) and files that it may read; what is not there is passed over. */
	const char *const *readable;
	size_t nreadable;
	/* Folders that it may also write to. */
	const char *const *writable;
	size_t nwritable;
};

/*
 * For the calling thread and what it starts from now on; there must be no other thread.  False: a measure that this kernel has was refused,
 * and what should be done in the sandbox must not be done.
 */
MUST_CHECK bool sandbox_enter(const struct sandbox *s, struct err *err);

enum sandbox_measure { SANDBOX_LIMITS, SANDBOX_PRIVILEGES, SANDBOX_FILES, SANDBOX_CALLS, SANDBOX_MEASURES };
/* What it is, in words; *missing is why it does not hold here, or NULL. */
const char *sandbox_measure(enum sandbox_measure m, const char **missing);

#endif
