#include "metric/wide.h"

#include <string.h>

#define CHUNK_MASK UINT64_C(0xffffffff)

void
wide_add(int64_t *chunk, unsigned __int128 m, uint32_t shift, bool negative)
{
	uint32_t low = shift % 32;
	int64_t sign = negative ? -1 : 1;

	chunk += shift / 32;
	*chunk++ += sign * (int64_t)((uint64_t)m << low & CHUNK_MASK);
	/* low = 0 shifts by 32, which a 128-bit number can. */
	for (m >>= 32 - low; m != 0; m >>= 32)
		*chunk++ += sign * (int64_t)((uint64_t)m & CHUNK_MASK);
}

void
wide_carry(int64_t *chunk, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		chunk[i + 1] += chunk[i] >> 32;
		chunk[i] &= (int64_t)CHUNK_MASK;
	}
}

void
wide_abs(int64_t *chunk, size_t n)
{
	wide_carry(chunk, n);
	if (chunk[n - 1] >= 0)
		return;
	for (size_t i = 0; i < n; i++)
		chunk[i] = -chunk[i];
	wide_carry(chunk, n);
}

void
wide_multiply(const int64_t *a, size_t na, const int64_t *b, size_t nb, int64_t *product)
{
	memset(product, 0, (na + nb) * sizeof(*product));
	for (size_t i = 0; i < na; i++) {
		uint64_t carry = 0;

		for (size_t j = 0; a[i] != 0 && j < nb; j++) {
			/* (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1 */
			uint64_t sum = (uint64_t)a[i] * (uint64_t)b[j] + (uint64_t)product[i + j] + carry;

			product[i + j] = (int64_t)(sum & CHUNK_MASK);
			carry = sum >> 32;
		}
		product[i + nb] = (int64_t)carry;
	}
}

double
wide_round(const int64_t *chunk, size_t n, int *exponent)
{
	size_t top = n - 1;
	unsigned __int128 m;

	while (top > 2 && chunk[top] == 0)
		top--;
	m = (unsigned __int128)(uint64_t)chunk[top] << 64 | (uint64_t)chunk[top - 1] << 32 |
	    (uint64_t)chunk[top - 2];
	/* Where there is more below, m has more than 64 bits, 53 of which stay: the rest only tells a half from more than a half. */
	for (size_t i = 0; i + 2 < top; i++)
		if (chunk[i] != 0) {
			m |= 1;
			break;
		}
	*exponent = (int)(32 * (top - 2));
	return (double)m;
}
