/* The set of distinct key tuples of an asset: what `relationships` asks, and what `unique` and `distinct` count. */
#ifndef WEIR_METRIC_KEYSET_H
#define WEIR_METRIC_KEYSET_H

#include "base/err.h"
#include "metric/vector.h"

struct keyset; /* built by one thread, read by any number */

struct keyset *keyset_new(void);
void keyset_free(struct keyset *k);
DEFINE_CLEANUP(keyset, keyset_free)
bool keyset_add(struct keyset *k, struct hash128 h); /* true if it was new */
bool keyset_has(const struct keyset *k, struct hash128 h);
void keyset_merge(struct keyset *k, const struct keyset *from); /* adds all of from */
int64_t keyset_size(const struct keyset *k);
size_t keyset_bytes(const struct keyset *k);
/* Of a tuple of values: the hash of the element for one, of all in order for more. */
struct hash128 tuple_hash(const struct value *v, uint32_t n);

#endif
