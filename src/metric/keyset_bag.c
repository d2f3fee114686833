/* From a bag of hashes, which are collected in any order, to a set of them. */
#include "metric/keybag.h"
#include "metric/keyset.h"
#include "metric/spill.h"

/* A partition's worth, in order. */
static bool
append(void *ctx, const uint64_t *key, size_t n, struct err *err)
{
	struct hash128 h[256];

	for (size_t some; n > 0; n -= some, key += 2 * some) {
		some = MIN(n, LEN(h));
		for (size_t i = 0; i < some; i++)
			h[i] = (struct hash128){.lo = key[2 * i], .hi = key[2 * i + 1]};
		if (!keyset_append(ctx, h, some, err))
			return false;
	}
	return true;
}

bool
keyset_of_bag(struct keybag *bag, const char *folder, struct keyset **ret, struct err *err)
{
	struct spill *file = NULL;
	AUTO(keyset) k = NULL;
	size_t n = (size_t)keybag_size(bag);

	if (keybag_spilled(bag)) {
		file = spill_new(folder, err);
		if (file == NULL)
			return false;
		n += keybag_spilled_keys(bag);
	}
	k = keyset_new_sorted(n, file);
	if (!keybag_distinct(bag, append, k, err) || !keyset_finish(k, err))
		return false;
	*ret = STEAL(k);
	return true;
}
