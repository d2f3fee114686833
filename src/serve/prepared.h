/* Answers made before they are asked for: never changed once they are published, shared by reference count between threads. */
#ifndef WEIR_SERVE_PREPARED_H
#define WEIR_SERVE_PREPARED_H

#include "base/base.h"
#include "base/sv.h"

enum { ETAG_MAX = 19 }; /* "…" with quotes and the NUL */

struct prepared {
	int status;
	const char *type;       /* static */
	int64_t valid_until_us; /* not to be used from then on; INT64_MAX = until something changes */
	int64_t made_us; /* nor before, when the clock was set back; set before it is published; 0 = always */
	char etag[ETAG_MAX]; /* XXH3 of the body, quoted */
	struct sv body;
	_Atomic int64_t given; /* how often since somebody last asked: the only thing that changes */
};

/* Copies the body; one reference is the caller's. */
struct prepared *prepared_new(int status, const char *type, struct sv body, int64_t valid_until_us);
struct prepared *prepared_ref(struct prepared *p);
void prepared_unref(struct prepared *p); /* takes NULL */

#endif
