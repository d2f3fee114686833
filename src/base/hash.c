#include "base/hash.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

/* The library's code is compiled in, so that short keys need no call; its warnings are not ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wshadow"
#define XXH_INLINE_ALL
#include <xxhash.h>
#pragma GCC diagnostic pop

uint64_t
hash64(struct sv s)
{
	return XXH3_64bits(s.n > 0 ? s.p : "", s.n);
}

uint64_t
hash_xxh64(struct sv s)
{
	assert(s.n == 0 || s.p != NULL);
	return XXH64(s.n > 0 ? s.p : "", s.n, 0);
}

struct hash128
hash128(struct sv s)
{
	XXH128_hash_t h = XXH3_128bits(s.n > 0 ? s.p : "", s.n);

	return (struct hash128){.lo = h.low64, .hi = h.high64};
}

static void
to_hex(const unsigned char *p, size_t n, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*hex++ = digits[p[i] >> 4];
		*hex++ = digits[p[i] & 15];
	}
	*hex = '\0';
}

static void
add_bytes(struct hasher *h, const void *p, size_t n)
{
	/* Fails only for a NULL state. */
	(void)XXH3_128bits_update(h->state, p, n);
}

/* Little-endian whatever the machine, so that a fingerprint means the same everywhere. */
static void
add_u64(struct hasher *h, uint64_t v)
{
	unsigned char b[8];

	for (unsigned i = 0; i < 8; i++)
		b[i] = (unsigned char)(v >> (8 * i));
	add_bytes(h, b, sizeof(b));
}

void
hasher_init(struct hasher *h)
{
	/* XXH3 wants its state on a 64-byte boundary, which malloc does not promise. */
	h->state = XXH3_createState();
	if (h->state == NULL)
		give_up("out of memory");
	(void)XXH3_128bits_reset(h->state);
}

void
hasher_add(struct hasher *h, struct sv s)
{
	add_u64(h, s.n);
	if (s.n > 0)
		add_bytes(h, s.p, s.n);
}

void
hasher_add_i64(struct hasher *h, int64_t v)
{
	add_u64(h, 8);
	add_u64(h, (uint64_t)v);
}

void
hasher_end(struct hasher *h, char hex[HASH_HEX])
{
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c, XXH3_128bits_digest(h->state));
	to_hex(c.digest, sizeof(c.digest), hex);
	(void)XXH3_freeState(h->state);
	h->state = NULL;
}

struct sha256 {
	EVP_MD_CTX *ctx;
};

/* OpenSSL fails here only without memory or without its SHA-256; no caller could go on then. */
static void
sha256_must(int ok)
{
	if (ok == 1)
		return;
	give_up("SHA-256 failed in OpenSSL");
}

struct sha256 *
sha256_new(void)
{
	struct sha256 *h = xmalloc(sizeof(*h));

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	/* Where there was no memory to set the library up, it follows a null pointer later. */
	sha256_must(OSSL_LIB_CTX_get0_global_default() != NULL);
#endif
	h->ctx = EVP_MD_CTX_new();
	sha256_must(h->ctx != NULL);
	sha256_must(EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL));
	return h;
}

void
sha256_add(struct sha256 *h, const void *p, size_t n)
{
	sha256_must(EVP_DigestUpdate(h->ctx, p, n));
}

void
sha256_end(struct sha256 *h, char hex[SHA256_HEX])
{
	unsigned char md[32];

	sha256_must(EVP_DigestFinal_ex(h->ctx, md, NULL));
	to_hex(md, sizeof(md), hex);
	EVP_MD_CTX_free(h->ctx);
	free(h);
}
