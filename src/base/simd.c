#include "base/simd.h"

#include <stdlib.h>

#include "base/simd_level.h"

const struct simd *const simd_levels[] = {
	&simd_scalar,
#if SIMD_X86
	&simd_sse2,
	&simd_avx2,
	&simd_avx512,
#elif SIMD_NEON
	&simd_neon,
#endif
};
const size_t simd_level_count = LEN(simd_levels);

static const char *const names[] = {"scalar", "sse2", "avx2", "avx512", "neon"};

static const struct simd *
best(void)
{
	for (size_t i = simd_level_count; i-- > 1;)
		if (simd_levels[i]->supported())
			return simd_levels[i];
	return simd_levels[0];
}

bool
simd_find(const char *name, const struct simd **ret, struct err *err)
{
	bool known = false;

	if (name == NULL || *name == '\0') {
		*ret = best();
		return true;
	}
	for (size_t i = 0; i < simd_level_count; i++)
		if (strcmp(simd_levels[i]->name, name) == 0 && simd_levels[i]->supported()) {
			*ret = simd_levels[i];
			return true;
		}
	for (size_t i = 0; i < LEN(names); i++)
		known |= strcmp(names[i], name) == 0;
	(void)err_set(err, ERR_USAGE, NOWHERE,
	              known ? "WEIR_SIMD is '%s', which this machine does not have"
	                    : "WEIR_SIMD is '%s', which is no level",
	              name);
	return err_hint(err,
	                "Leave it away for the best level of the machine (%s), or set scalar, sse2, avx2, "
	                "avx512 or neon.",
	                best()->name);
}

const struct simd *
simd_level(void)
{
	const struct simd *ret = &simd_scalar;

	(void)!simd_find(getenv("WEIR_SIMD"), &ret, NULL);
	return ret;
}
