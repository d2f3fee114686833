#include "alert/schedule.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

static const int64_t pauses_us[] = {
	5 * US_PER_S,    30 * US_PER_S,   2 * US_PER_MIN,  5 * US_PER_MIN,  15 * US_PER_MIN,  30 * US_PER_MIN,
	1 * US_PER_HOUR, 2 * US_PER_HOUR, 4 * US_PER_HOUR, 8 * US_PER_HOUR, 12 * US_PER_HOUR,
};

/* From -0.1 to 0.1, the same for the same message and attempt. */
static double
jitter(struct sv id, int64_t attempts)
{
	struct sha256 *h = sha256_new();
	char hex[SHA256_HEX], number[24];
	int n = snprintf(number, sizeof(number), ".%lld", (long long)attempts);

	sha256_add(h, id.p, id.n);
	sha256_add(h, number, (size_t)n);
	sha256_end(h, hex);
	hex[8] = '\0';
	return (double)strtoul(hex, NULL, 16) / 4294967296.0 * 0.2 - 0.1;
}

int64_t
retry_at(struct sv id, int64_t attempts, int64_t at_us, int64_t created_us, int64_t retry_after_us)
{
	const int64_t end_us = created_us + RETRY_END_US;
	size_t i;
	double pause;

	assert(attempts >= 1);
	if (at_us >= end_us)
		return TIME_NONE;
	i = (size_t)MIN(attempts - 1, (int64_t)LEN(pauses_us) - 1);
	pause = (double)pauses_us[i] * (1 + jitter(id, attempts));
	/* The receiver's wish may be any number: compared before it is added. */
	if (retry_after_us >= end_us - at_us)
		return end_us;
	return MIN(at_us + MAX((int64_t)pause, retry_after_us), end_us);
}
