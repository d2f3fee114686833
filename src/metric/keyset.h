/*
 * The set of distinct key tuples of an asset: what `relationships` asks, and what samples of repeated keys look for.
 *
 * One that grows key by key is a hash table.  One whose keys come sorted takes 16 bytes a key, and may stand in a temporary file: the
 * keys of an asset need not fit in memory to be looked up.
 */
#ifndef WEIR_METRIC_KEYSET_H
#define WEIR_METRIC_KEYSET_H

#include "base/err.h"
#include "metric/vector.h"

struct spill;
struct keyset; /* built by one thread, read by any number */

struct keyset *keyset_new(void);
void keyset_free(struct keyset *k);
DEFINE_CLEANUP(keyset, keyset_free)
bool keyset_add(struct keyset *k, struct hash128 h); /* true if it was new */
/* In a file that cannot be read any more: false, and keyset_error tells. */
bool keyset_has(const struct keyset *k, struct hash128 h);
void keyset_merge(struct keyset *k, const struct keyset *from); /* adds all of from */
int64_t keyset_size(const struct keyset *k);
size_t keyset_bytes(const struct keyset *k);
bool keyset_in_file(const struct keyset *k);
/* All hashes, in ascending order of (lo, hi), into h, which has room for keyset_size; not of one in a file. */
void keyset_copy(const struct keyset *k, struct hash128 *h);

/*
 * One that is filled by keyset_append with hashes in ascending order of (lo, hi), about `expected` of them (only speed depends on that),
 * and then only asked.  With a file they go there, and the set owns it.
 */
struct keyset *keyset_new_sorted(size_t expected, struct spill *file);
MUST_CHECK bool keyset_append(struct keyset *k, const struct hash128 *h, size_t n, struct err *err);
MUST_CHECK bool keyset_finish(struct keyset *k, struct err *err);
/* Has an answer been wrong because the file could not be read?  True with *err; whoever asked cannot be trusted then. */
bool keyset_error(const struct keyset *k, struct err *err);
struct keybag;
/* Of a bag of two words, to which nothing can be added afterwards.  What did not fit while it was collected stays in a file of the folder. */
MUST_CHECK bool keyset_of_bag(struct keybag *bag, const char *folder, struct keyset **ret, struct err *err);
/* Of a tuple of values: the hash of the element for one, of all in order for more. */
struct hash128 tuple_hash(const struct value *v, uint32_t n);

#endif
