/* The set behind one partition: open addressing with linear probing, small enough for the processor's cache. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "metric/keybag_parts.h"

enum { SLOTS_FIRST = 64, SLOTS_EXPECTED_MAX = 1 << 16 };

void
keytable_fini(struct keytable *t)
{
	free(t->key);
	free(t->again);
	*t = (struct keytable){.words = t->words};
}

static void
clear_slots(struct keytable *t, size_t slots)
{
	if (slots > t->cap || t->key == NULL) {
		free(t->key);
		free(t->again);
		t->key = xmalloc(slots * t->words * sizeof(*t->key));
		t->again = xmalloc(slots / 8);
		t->cap = slots;
	}
	memset(t->key, 0, slots * t->words * sizeof(*t->key));
	memset(t->again, 0, slots / 8);
	t->mask = slots - 1;
	t->n = 0;
}

void
keytable_clear(struct keytable *t, size_t n)
{
	size_t slots = SLOTS_FIRST;

	/* Many keys may be few distinct ones: beyond that it grows as they come. */
	while (slots < 2 * n && slots < SLOTS_EXPECTED_MAX)
		slots *= 2;
	clear_slots(t, slots);
	t->zero = 0;
}

static inline bool
is_zero(const uint64_t *key, unsigned words)
{
	return (key[0] | (words == 1 ? 0 : key[1])) == 0;
}

/* The slot of the key, or the free one where it belongs.  The low bits: the high ones are the partition's. */
static inline __attribute__((always_inline)) size_t
find(const struct keytable *t, const uint64_t *key, unsigned words)
{
	size_t i = keybag_hash(key, words) & t->mask;

	while (!is_zero(t->key + i * words, words) &&
	       (t->key[i * words] != key[0] || (words == 2 && t->key[i * words + 1] != key[1])))
		i = (i + 1) & t->mask;
	return i;
}

static void
grow(struct keytable *t)
{
	struct keytable old = *t;

	t->key = t->again = NULL;
	t->cap = 0;
	clear_slots(t, 2 * (old.mask + 1));
	t->n = old.n;
	for (size_t i = 0; i <= old.mask; i++) {
		const uint64_t *key = old.key + i * old.words;
		size_t at;

		if (is_zero(key, old.words))
			continue;
		at = find(t, key, old.words);
		memcpy(t->key + at * old.words, key, old.words * sizeof(*key));
		t->again[at / 64] |= (old.again[i / 64] >> (i % 64) & 1) << (at % 64);
	}
	keytable_fini(&old);
}

/* How often the key was met before, 2 for more than once. */
static inline __attribute__((always_inline)) uint8_t
meet(struct keytable *t, const uint64_t *key, unsigned words)
{
	uint64_t bit;
	size_t i;

	if (UNLIKELY(is_zero(key, words)))
		return t->zero < 2 ? t->zero++ : 2;
	i = find(t, key, words);
	if (LIKELY(is_zero(t->key + i * words, words))) {
		for (unsigned w = 0; w < words; w++)
			t->key[i * words + w] = key[w];
		if (UNLIKELY(++t->n > t->mask - t->mask / 4))
			grow(t);
		return 0;
	}
	bit = UINT64_C(1) << (i % 64);
	if (t->again[i / 64] & bit)
		return 2;
	t->again[i / 64] |= bit;
	return 1;
}

static inline __attribute__((always_inline)) size_t
meet_all(struct keytable *t, const uint64_t *key, size_t n, int64_t *repeated, unsigned words)
{
	size_t new = 0;
	int64_t more = 0;

	for (size_t i = 0; i < n; i++, key += words) {
		uint8_t times = meet(t, key, words);

		new += times == 0;
		more += times == 1 ? 2 : times == 2;
	}
	*repeated += more;
	return new;
}

size_t
keytable_meet(struct keytable *t, const uint64_t *key, size_t n, int64_t *repeated)
{
	return t->words == 1 ? meet_all(t, key, n, repeated, 1) : meet_all(t, key, n, repeated, 2);
}

size_t
keytable_drop_repeated(struct keytable *t, uint64_t *key, size_t n)
{
	size_t kept = 0, words = t->words;

	for (size_t i = 0; i < n; i++) {
		if (meet(t, key + i * words, t->words) > 0)
			continue;
		memmove(key + kept * words, key + i * words, words * sizeof(*key));
		kept++;
	}
	return kept;
}

static int
by_one(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int
by_two(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return x[0] != y[0] ? (x[0] > y[0]) - (x[0] < y[0]) : (x[1] > y[1]) - (x[1] < y[1]);
}

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, RADIX_MIN = 1 << 10 };

static bool
is_sorted(const uint64_t *key, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (key[i - 1] > key[i])
			return false;
	return true;
}

/* By the digits from bit `low` on, the lowest first; digits that all keys share are passed over. */
static void
sort_digits(uint64_t *key, size_t n, uint64_t differ, unsigned low)
{
	uint64_t *other = xmalloc(n * sizeof(*other)), *from = key, *to = other;
	size_t at[DIGITS];

	for (unsigned shift = low; shift < 64; shift += DIGIT_BITS) {
		size_t sum = 0;

		if ((differ >> shift & (DIGITS - 1)) == 0)
			continue;
		memset(at, 0, sizeof(at));
		for (size_t i = 0; i < n; i++)
			at[from[i] >> shift & (DIGITS - 1)]++;
		for (size_t d = 0; d < DIGITS; d++) {
			size_t count = at[d];

			at[d] = sum;
			sum += count;
		}
		for (size_t i = 0; i < n; i++)
			to[at[from[i] >> shift & (DIGITS - 1)]++] = from[i];
		from = to;
		to = from == key ? other : key;
	}
	if (from != key)
		memcpy(key, from, n * sizeof(*key));
	free(other);
}

/* Of keys that nearly are in order.  False if they were not, and still are none, after n steps. */
static bool
sort_neighbours(uint64_t *key, size_t n)
{
	size_t steps = n;

	for (size_t i = 1; i < n; i++) {
		uint64_t k = key[i];
		size_t j = i;

		for (; j > 0 && key[j - 1] > k && steps > 0; steps--, j--)
			key[j] = key[j - 1];
		key[j] = k;
		if (steps == 0)
			return false;
	}
	return true;
}

/*
 * Keys are hashes mostly, of which the first bits put nearly all in their places: as many as count the keys, and two more.  What are none
 * (they share those bits, say) is sorted by all.
 */
static void
sort_keys(uint64_t *key, size_t n)
{
	unsigned bits = (unsigned)(64 - __builtin_clzll((uint64_t)n)) + 2;
	unsigned top = (bits + DIGIT_BITS - 1) / DIGIT_BITS * DIGIT_BITS;
	uint64_t differ = 0;

	for (size_t i = 1; i < n; i++)
		differ |= key[i] ^ key[0];
	if (top < 64) {
		sort_digits(key, n, differ, 64 - top);
		if (sort_neighbours(key, n))
			return;
	}
	sort_digits(key, n, differ, 0);
}

void
keybag_sort(uint64_t *key, size_t n, unsigned words)
{
	if (words == 1 && n >= RADIX_MIN) {
		if (!is_sorted(key, n))
			sort_keys(key, n);
	} else if (n > 1) {
		qsort(key, n, words * sizeof(*key), words == 1 ? by_one : by_two);
	}
}

size_t
keytable_sorted(const struct keytable *t, bool again, uint64_t *key)
{
	size_t n = 0, words = t->words;

	if (t->zero > (again ? 1 : 0)) {
		memset(key, 0, words * sizeof(*key));
		n++;
	}
	for (size_t i = 0; i <= t->mask; i++) {
		if (is_zero(t->key + i * words, t->words) ||
		    (again && (t->again[i / 64] >> (i % 64) & 1) == 0))
			continue;
		memcpy(key + n * words, t->key + i * words, words * sizeof(*key));
		n++;
	}
	keybag_sort(key, n, t->words);
	return n;
}
