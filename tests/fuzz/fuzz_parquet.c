/*
 * A whole file: footer, schema, statistics, and all columns as far as they can be read.  Bytes that do not end as a Parquet file does are
 * taken for the metadata alone, and get the rest, so that most of what is tried is looked at.
 */
#include "parquet_check.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	uint32_t size = (uint32_t)n;
	char *file;

	if (n > 1 << 16)
		return 0;
	if (n >= 12 && memcmp(data + n - 4, "PAR1", 4) == 0) {
		parquet_check((const char *)data, n);
		return 0;
	}
	file = arena_alloc(a, n + 12);
	memcpy(file, "PAR1", 4);
	if (n > 0)
		memcpy(file + 4, data, n);
	memcpy(file + 4 + n, &size, 4);
	memcpy(file + 8 + n, "PAR1", 4);
	parquet_check(file, n + 12);
	return 0;
}
