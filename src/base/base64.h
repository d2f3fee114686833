/* Base64 (RFC 4648, section 4) and HMAC-SHA256 (RFC 2104), for signatures. */
#ifndef WEIR_BASE_BASE64_H
#define WEIR_BASE_BASE64_H

#include "base/arena.h"

struct sv base64_encode(struct arena *a, struct sv bytes);
/* Padding may be left out; anything else that is not base64 is false. */
MUST_CHECK bool base64_decode(struct arena *a, struct sv text, struct sv *ret);

enum { HMAC_SHA256_BYTES = 32 };
void hmac_sha256(struct sv key, struct sv text, uint8_t ret[HMAC_SHA256_BYTES]);

#endif
