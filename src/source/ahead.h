/* Unpacking ahead of the reader: a compressed input's bytes are made by a thread of its own while those before are worked on. */
#ifndef WEIR_SOURCE_AHEAD_H
#define WEIR_SOURCE_AHEAD_H

#include "source/source.h"

/*
 * Before anything was read.  Reading stays as it was; at most four blocks of 256 KiB are unpacked ahead.  Nothing changes for a plain
 * input, or if the system gives no thread.
 */
void input_ahead(struct input *in);

/* For the inputs themselves: the next bytes, and the end of the thread (NULL: there is none). */
struct ahead;
MUST_CHECK bool ahead_read(struct ahead *a, char *dst, size_t n, size_t *got, struct err *err);
void ahead_stop(struct ahead *a);

#endif
