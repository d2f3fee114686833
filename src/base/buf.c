#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

enum { FIRST_SIZE = 256 };

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void
buf_fini(struct buf *b)
{
	if (b == NULL)
		return;
	free(b->p);
	*b = (struct buf){.max = b->max};
}

struct buf *
buf_new(size_t max)
{
	struct buf *b = xmalloc(sizeof(*b));

	buf_init(b, max);
	return b;
}

void
buf_free(struct buf *b)
{
	buf_fini(b);
	free(b);
}

char *
buf_reserve(struct buf *b, size_t n)
{
	if (b->full || n > b->max - b->n) {
		b->full = true;
		return NULL;
	}

	size_t need;

	if (__builtin_add_overflow(b->n + n, (size_t)1, &need)) {
		b->full = true;
		return NULL;
	}
	if (need > b->cap) {
		size_t twice = b->cap > SIZE_MAX / 2 ? SIZE_MAX : b->cap * 2;

		b->cap = MAX(MAX(need, twice), (size_t)FIRST_SIZE);
		/* Doubling must not take much more than the maximum, which may be most of the memory. */
		if (b->max < SIZE_MAX)
			b->cap = MAX(need, MIN(b->cap, b->max + 1));
		b->p = xrealloc(b->p, b->cap);
		b->p[b->n] = '\0';
	}
	return b->p + b->n;
}

void
buf_commit(struct buf *b, size_t n)
{
	assert(b->p != NULL ? n < b->cap - b->n : n == 0);
	b->n += n;
	if (b->p != NULL)
		b->p[b->n] = '\0';
}

bool
buf_add(struct buf *b, struct sv s)
{
	char *p = buf_reserve(b, s.n);

	if (p == NULL)
		return false;
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	buf_commit(b, s.n);
	return true;
}

bool
buf_puts(struct buf *b, const char *s)
{
	return buf_add(b, sv_of(s));
}

bool
buf_putc(struct buf *b, char c)
{
	return buf_add(b, (struct sv){&c, 1});
}

bool
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	/* The spare room is tried first: most texts fit, and formatting twice would cost double. */
	size_t spare = b->p != NULL ? b->cap - b->n : 0;
	int n = vsnprintf(spare > 0 ? b->p + b->n : NULL, spare, fmt, ap);
	char *p = n < 0 ? NULL : buf_reserve(b, (size_t)n);

	if (p != NULL && (size_t)n >= spare)
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	if (p == NULL) {
		b->full = true;
		if (b->p != NULL)
			b->p[b->n] = '\0';
		return false;
	}
	buf_commit(b, (size_t)n);
	return true;
}

bool
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	bool ok = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return ok;
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->full = false;
	if (b->p != NULL)
		b->p[0] = '\0';
}

struct sv
buf_sv(const struct buf *b)
{
	return (struct sv){b->p, b->n};
}

const char *
buf_str(const struct buf *b)
{
	return b->p != NULL ? b->p : "";
}

bool
buf_check(const struct buf *b, const char *what, struct err *err)
{
	if (!b->full)
		return true;
	return err_set(err, ERR_LIMIT, NOWHERE, "%s is larger than %zu bytes", what, b->max);
}
