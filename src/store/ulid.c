/*
 * ULID: 48 bits of milliseconds since 1970 and 80 random bits, in Crockford's base 32
 * (https://github.com/ulid/spec).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "store/db.h"

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void
random_bytes(unsigned char *p, size_t n)
{
	ssize_t got;

	do
		got = getrandom(p, n, 0);
	while (got < 0 && errno == EINTR);
	/* Up to 256 bytes come whole.  An id that is not random could be somebody else's. */
	if (got != (ssize_t)n)
		give_up("no random bytes: %m");
}

void
ulid_make(int64_t t_us, char dst[ULID_MAX])
{
	uint64_t ms = t_us > 0 ? (uint64_t)t_us / 1000 : 0;
	unsigned char random[10];
	unsigned bits = 0, nbits = 0;
	size_t at = 10;

	random_bytes(random, sizeof(random));
	for (size_t i = 10; i-- > 0; ms >>= 5)
		dst[i] = digits[ms & 31];
	for (size_t i = 0; i < sizeof(random); i++) {
		bits = bits << 8 | random[i];
		for (nbits += 8; nbits >= 5; nbits -= 5)
			dst[at++] = digits[bits >> (nbits - 5) & 31];
		bits &= (1u << nbits) - 1;
	}
	dst[at] = '\0';
}

void
make_id(struct store *s, const char *prefix, struct sv *id)
{
	char ulid[ULID_MAX];

	if (id->n > 0)
		return;
	ulid_make(clock_now_us(s->clock), ulid);
	(void)snprintf(s->id, sizeof(s->id), "%s%s", prefix, ulid);
	*id = sv_of(s->id);
}
