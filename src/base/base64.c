#include "base/base64.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct sv
base64_encode(struct arena *a, struct sv bytes)
{
	char *text = arena_alloc(a, bytes.n / 3 * 4 + 5), *d = text;

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t v = (uint32_t)(uint8_t)bytes.p[i] << 16;

		v |= left > 1 ? (uint32_t)(uint8_t)bytes.p[i + 1] << 8 : 0;
		v |= left > 2 ? (uint32_t)(uint8_t)bytes.p[i + 2] : 0;
		*d++ = digits[v >> 18];
		*d++ = digits[v >> 12 & 63];
		*d++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*d++ = left > 2 ? digits[v & 63] : '=';
	}
	return (struct sv){text, (size_t)(d - text)};
}

bool
base64_decode(struct arena *a, struct sv text, struct sv *ret)
{
	char *out = arena_alloc(a, text.n + 1), *d = out;
	uint32_t v = 0;
	unsigned bits = 0;

	for (int pad = 0; pad < 2 && text.n > 0 && text.p[text.n - 1] == '='; pad++)
		text.n--;
	if (text.n % 4 == 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		const char *at = text.p[i] != '\0' ? strchr(digits, text.p[i]) : NULL;

		if (at == NULL)
			return false;
		v = v << 6 | (uint32_t)(at - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*d++ = (char)(uint8_t)(v >> bits);
		}
	}
	*ret = (struct sv){out, (size_t)(d - out)};
	return true;
}

void
hmac_sha256(struct sv key, struct sv text, uint8_t ret[HMAC_SHA256_BYTES])
{
	unsigned n = HMAC_SHA256_BYTES;

	/* Fails only without memory, or where the library may not use SHA-256 at all. */
	if (HMAC(EVP_sha256(), key.n > 0 ? key.p : "", (int)MIN(key.n, (size_t)INT32_MAX),
	         (const unsigned char *)(text.n > 0 ? text.p : ""), text.n, ret, &n) == NULL)
		give_up("HMAC-SHA256 is not available");
}
