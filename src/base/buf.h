/* A growing byte buffer with a mandatory maximum: meeting it is an ordinary error, reported once at the end. */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H

#include <stdarg.h>

#include "base/err.h"
#include "base/sv.h"

struct buf {
	char *p; /* NUL-terminated at n whenever it is not NULL */
	size_t n, cap, max;
	bool full; /* an append did not fit; all appends since then were dropped */
};

/* The caller's struct; max is in bytes. */
void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b); /* takes NULL; the struct can be initialised again */
struct buf *buf_new(size_t max);
void buf_free(struct buf *b);
DEFINE_CLEANUP(buf, buf_free)

/* Appending: false, and the buffer marked full, once it would grow past its maximum. */
bool buf_add(struct buf *b, struct sv s);
bool buf_puts(struct buf *b, const char *s);
bool buf_putc(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
bool buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);

/* Room for n more bytes at p + n (not counted yet), or NULL.  Follow with buf_commit. */
char *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);

void buf_clear(struct buf *b);
struct sv buf_sv(const struct buf *b);    /* valid until the next append */
const char *buf_str(const struct buf *b); /* "" when empty */

/* False with ERR_LIMIT if anything was dropped; `what` names the thing in the message. */
MUST_CHECK bool buf_check(const struct buf *b, const char *what, struct err *err);

#endif
