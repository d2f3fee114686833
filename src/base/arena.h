/*
 * Arenas: what lives together dies together.
 *
 * Allocation never fails (the process stops with a message), so what grows with the input must be
 * limited by its caller.  An arena belongs to one thread.
 */
#ifndef WEIR_BASE_ARENA_H
#define WEIR_BASE_ARENA_H

#include <stdarg.h>

#include "base/base.h"
#include "base/sv.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* takes NULL */
DEFINE_CLEANUP(arena, arena_free)

/* Zeroed memory, aligned for any type.  size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, alloc_size(2)));

/* As realloc for memory of this arena: grows in place at the end, else copies.  New bytes are zero. */
void *arena_grow(struct arena *a, void *old, size_t old_size, size_t new_size);

/* Forgets all allocations but keeps the first block for reuse. */
void arena_reset(struct arena *a);

/* Bytes handed out so far. */
size_t arena_used(const struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_array((a), (n), sizeof(type)))
void *arena_array(struct arena *a, size_t n, size_t size); /* stops the process on overflow */

struct sv arena_sv(struct arena *a, struct sv s); /* copy; NUL-terminated behind its end */
char *arena_str(struct arena *a, struct sv s);    /* the same as a C string */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF(2, 0);
struct sv arena_svf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/*
 * A growing array in an arena: LIST(type) declares one, LIST_ADD appends and yields a pointer to the
 * new, zeroed element.  Elements move while it grows.
 */
#define LIST(type)             \
	struct {               \
		type *v;       \
		size_t n, cap; \
	}
#define LIST_ADD(a, list)                                                                                 \
	(((list)->n == (list)->cap                                                                        \
	          ? (void)((list)->v = arena_list_grow((a), (list)->v, &(list)->cap, sizeof(*(list)->v))) \
	          : (void)0),                                                                             \
	 &(list)->v[(list)->n++])
void *arena_list_grow(struct arena *a, void *v, size_t *cap, size_t size);

/* For heap allocations outside arenas: never return NULL, stop the process instead. */
void *xmalloc(size_t size) __attribute__((malloc, alloc_size(1)));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, alloc_size(1, 2)));
void *xrealloc(void *p, size_t size) __attribute__((alloc_size(2)));
char *xstrdup(const char *s) __attribute__((malloc));

#endif
