/* What the inputs share: an open file, and a driver for what is in it.  Private to this folder. */
#ifndef WEIR_SOURCE_INPUT_H
#define WEIR_SOURCE_INPUT_H

#include "source/source.h"

struct input_kind {
	const char *suffix; /* of compressed files; NULL = plain */
	/* Prepares in->codec. */
	bool (*start)(struct input *in, struct err *err);
	/* Decompresses more: up to n bytes to dst; *got = 0 at the end of the data. */
	bool (*more)(struct input *in, char *dst, size_t n, size_t *got, struct err *err);
	void (*stop)(struct input *in);
};
extern const struct input_kind input_gz, input_zst;

struct input {
	const struct input_kind *kind;
	int fd;
	struct sv name; /* borrowed from the part: for messages */
	int64_t size;   /* of the file */
	/* Compressed ones only. */
	void *codec;
	char *in; /* INPUT_CHUNK bytes of the file */
	size_t in_at, in_n;
	int64_t in_total, out_total; /* bytes taken from the file and given out so far */
	bool at_end;                 /* of the file */
	struct ahead *ahead;         /* has all of this but fd, name and size; NULL = no thread does */
	int64_t given;               /* with ahead: bytes given out so far */
};

#define INPUT_CHUNK ((size_t)128 * 1024)

/* Unpacks up to n bytes, as many as there are; *got = 0 at the end. */
MUST_CHECK bool input_unpack(struct input *in, char *dst, size_t n, size_t *got, struct err *err);
/* Makes sure that there are unread bytes in in->in, unless the file is at its end. */
MUST_CHECK bool input_fill(struct input *in, struct err *err);

#endif
