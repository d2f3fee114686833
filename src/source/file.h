/* The scheme `file`: what its two halves, listing and reading, share. */
#ifndef WEIR_SOURCE_FILE_H
#define WEIR_SOURCE_FILE_H

#include <sys/stat.h>

#include "source/source.h"

extern const struct source_driver source_file;

/* Opens a part for reading: input.c. */
MUST_CHECK bool file_open(const struct part *p, struct input **ret, struct err *err);
/* Of size, mtime and change time in nanoseconds, inode and device. */
void file_fingerprint(const struct stat *st, char hex[HASH_HEX]);

#endif
