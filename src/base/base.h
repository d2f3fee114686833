/*
 * What every file of weir may rely on: fixed-width types, the attributes that make the compiler
 * check our promises, and scope-bound cleanup.
 */
#ifndef WEIR_BASE_BASE_H
#define WEIR_BASE_BASE_H

/* What is read as it lies in memory (Parquet, eight bytes at once), and the filter of system calls, would be silently wrong elsewhere. */
#if __SIZEOF_POINTER__ != 8 || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "weir is written for 64-bit little-endian processors, such as x86-64 and arm64"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED __attribute__((unused))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/*
 * AUTO(type) declares a `struct type *` that type_free() releases when it leaves scope:
 *
 *	AUTO(buf) b = buf_new(limit);
 *
 * STEAL(p) hands the object out: it yields p and leaves NULL behind.
 */
#define AUTO(type) __attribute__((cleanup(type##_cleanup))) struct type *
#define STEAL(p)                             \
	({                                   \
		__typeof__(p) stolen_ = (p); \
		(p) = NULL;                  \
		stolen_;                     \
	})
/* Defines what AUTO needs, beside the declaration of type_free(). */
#define DEFINE_CLEANUP(type, release)                             \
	static inline UNUSED void type##_cleanup(struct type **p) \
	{                                                         \
		release(*p);                                      \
	}

/* A file descriptor that closes when it leaves scope; -1 is none. */
#define AUTO_FD __attribute__((cleanup(fd_cleanup))) int
void fd_cleanup(int *fd);

/*
 * Ends the process with a line on stderr and status 3, that of what could not be done: for what nobody can go on from, such as no memory.
 * Nothing is flushed, so nothing half-written looks whole; what was committed stays.
 */
_Noreturn void give_up(const char *fmt, ...) PRINTF(1, 2);

/* The struct that embeds *ptr as `member`. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
