/*
 * Blocks in a chain, the newest first; allocations are cut from the newest one.  Blocks double up to a
 * limit, so that a small arena stays small and a large one needs few calls of malloc.
 *
 *	arena -> [block n | used......|free] -> ... -> [block 1]
 *
 * Something that does not fit gets a new block; what was left in the old one is wasted.
 */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	ALIGN = _Alignof(max_align_t),
	FIRST_BLOCK = 4 << 10,
	LARGEST_BLOCK = 1 << 20, /* but for single allocations that are larger */
};

struct block {
	struct block *older;
	size_t size, used; /* of the bytes behind this header */
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct block *newest;
	size_t next_size;
	size_t total;
};

static _Noreturn void
out_of_memory(size_t size)
{
	give_up("out of memory (%zu bytes were asked for)", size);
}

void *
xmalloc(size_t size)
{
	void *p = malloc(size > 0 ? size : 1);

	if (p == NULL)
		out_of_memory(size);
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL)
		out_of_memory(size);
	return p;
}

void *
xrealloc(void *p, size_t size)
{
	void *ret = realloc(p, size > 0 ? size : 1);

	if (ret == NULL)
		out_of_memory(size);
	return ret;
}

char *
xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xmalloc(n), s, n);
}

static size_t
aligned(size_t size)
{
	size_t ret;

	if (__builtin_add_overflow(size, (size_t)ALIGN - 1, &ret))
		out_of_memory(size);
	return ret & ~((size_t)ALIGN - 1);
}

static void
add_block(struct arena *a, size_t need)
{
	size_t size = MAX(need, a->next_size), bytes;

	if (__builtin_add_overflow(size, sizeof(struct block), &bytes))
		out_of_memory(size);

	struct block *b = xmalloc(bytes);

	*b = (struct block){.older = a->newest, .size = size};
	a->newest = b;
	a->next_size = MIN(a->next_size * 2, (size_t)LARGEST_BLOCK);
}

struct arena *
arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->next_size = FIRST_BLOCK;
	return a;
}

static void
free_blocks(struct block *b)
{
	while (b != NULL) {
		struct block *older = b->older;

		free(b);
		b = older;
	}
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	free_blocks(a->newest);
	free(a);
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t need = aligned(MAX(size, (size_t)1));

	if (a->newest == NULL || a->newest->size - a->newest->used < need)
		add_block(a, need);

	struct block *b = a->newest;
	char *p = b->bytes + b->used;

	b->used += need;
	a->total += size;
	return memset(p, 0, need);
}

void *
arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size)
{
	if (old == NULL)
		return arena_alloc(a, new_size);
	if (new_size <= old_size)
		return old;

	struct block *b = a->newest;
	size_t had = aligned(MAX(old_size, (size_t)1)), need = aligned(new_size);

	/* The last allocation of the newest block can simply take more of it. */
	if (b != NULL && (char *)old + had == b->bytes + b->used && need - had <= b->size - b->used) {
		memset((char *)old + old_size, 0, need - old_size);
		b->used += need - had;
		a->total += new_size - old_size;
		return old;
	}

	void *p = arena_alloc(a, new_size);

	return memcpy(p, old, old_size);
}

void
arena_reset(struct arena *a)
{
	struct block *b = a->newest;

	while (b != NULL && b->older != NULL) {
		struct block *older = b->older;

		free(b);
		b = older;
	}
	if (b != NULL)
		b->used = 0;
	a->newest = b;
	a->next_size = FIRST_BLOCK;
	a->total = 0;
}

size_t
arena_used(const struct arena *a)
{
	return a->total;
}

void *
arena_array(struct arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		out_of_memory(SIZE_MAX);
	return arena_alloc(a, bytes);
}

void *
arena_list_grow(struct arena *a, void *v, size_t *cap, size_t size)
{
	size_t new_cap = *cap > 0 ? *cap : 4, old_bytes = *cap * size, bytes;

	if ((*cap > 0 && __builtin_mul_overflow(*cap, (size_t)2, &new_cap)) ||
	    __builtin_mul_overflow(new_cap, size, &bytes))
		out_of_memory(SIZE_MAX);
	*cap = new_cap;
	return arena_grow(a, v, old_bytes, bytes);
}

char *
arena_str(struct arena *a, struct sv s)
{
	size_t size;

	if (__builtin_add_overflow(s.n, (size_t)1, &size))
		out_of_memory(s.n);

	char *p = arena_alloc(a, size);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

struct sv
arena_sv(struct arena *a, struct sv s)
{
	return (struct sv){arena_str(a, s), s.n};
}

static struct sv PRINTF(2, 0) format(struct arena *a, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;

	/* Most texts are short and need not be formatted twice. */
	va_copy(again, ap);
	int n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n < 0)
		out_of_memory(0); /* a text of over 2 GiB, or a format that is a mistake of ours */

	char *p = arena_alloc(a, (size_t)n + 1);

	if ((size_t)n < sizeof(small))
		memcpy(p, small, (size_t)n);
	else
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return (struct sv){p, (size_t)n};
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	return (char *)(uintptr_t)format(a, fmt, ap).p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

struct sv
arena_svf(struct arena *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	struct sv s = format(a, fmt, ap);
	va_end(ap);
	return s;
}
