/*
 * Kept states: what the metrics of one dataset came to in each of its parts, so that parts which did not change are not read again.
 *
 *	part: name, identity ─► rows ─► state of metric, state of metric …
 *
 * The identity of a part says which bytes were read and how: fingerprint, format, columns and their types.  The identity of a metric says what was
 * computed (metric_identity).  Only if both are equal is a state that of the rows as they are; a file that is damaged, or of another
 * version, is as good as none, and so is a state whose bytes are.
 *
 * Large states stay in the file until they are asked for, and go there when they are put (scan/kept_file.h).
 *
 * States that no run asked for in KEPT_RUNS runs are dropped.
 */
#ifndef WEIR_SCAN_KEPT_H
#define WEIR_SCAN_KEPT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#define KEPT_RUNS 20
#define KEPT_STATE_MAX ((size_t)16 << 20) /* bytes of one state of one part */
#define KEPT_ROOM ((size_t)256 << 20)     /* for all large states together */

/* "Parts" that are none, whose names no file has: what metrics came to over all parts, and what the heads of parts showed. */
#define KEPT_WHOLE SV("\0whole")
#define KEPT_HEADS SV("\0heads")

struct kept; /* owned by one thread */

/* What a pass counts beside a metric's state: rows that could not be computed, and the first of them in the part. */
struct kept_state {
	struct sv bytes; /* for metric_state_load */
	int64_t errors, first_error;
};

/* Reads what there is, but for large states, which may take `room` bytes of the file that is written.  *why: why it is of no use ("damaged", …), or NULL; there is an empty one then. */
struct kept *kept_open(const char *path, size_t room, const char **why);
void kept_close(struct kept *k);
DEFINE_CLEANUP(kept, kept_close)

/* A part by name and identity: its number here, or -1.  Numbers stay. */
int64_t kept_part(const struct kept *k, struct sv name, const char identity[HASH_HEX]);
int64_t kept_rows(const struct kept *k, int64_t part);
/* Where its rows stand, as who put it says; empty if nothing was said. */
struct sv kept_layout(const struct kept *k, int64_t part);
/* Is the state of a metric there, with all its bytes? */
bool kept_has(struct kept *k, int64_t part, const char metric[HASH_HEX]);
/* The state of a metric; false: it is not there.  Bytes of a large one are appended to *b, those of others live as long as k. */
bool kept_get(struct kept *k, int64_t part, const char metric[HASH_HEX], struct buf *b,
              struct kept_state *ret);
/* Somebody asked for this metric, and did not need the parts. */
void kept_touch(struct kept *k, const char metric[HASH_HEX]);
/* Adds a part, or the states of other metrics to one that is there; the bytes are copied.  Forgets parts of the same name with another identity. */
int64_t kept_put_part(struct kept *k, struct sv name, const char identity[HASH_HEX], int64_t rows);
void kept_put_layout(struct kept *k, int64_t part, struct sv layout);
/* False: there is no room for it. */
bool kept_put(struct kept *k, int64_t part, const char metric[HASH_HEX], const struct kept_state *s);
/* Parts that were neither asked for nor put since it was opened are gone: forget them. */
void kept_forget_others(struct kept *k);
/*
 * Writes the file anew if anything was put or forgotten.  Without waiting for the disk: what a crash leaves behind is noticed when it is read.
 */
MUST_CHECK bool kept_write(struct kept *k, struct err *err);

#endif
