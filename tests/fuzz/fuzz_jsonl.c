#include "reader_check.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct dataset d = {0};

	if (n >= 2 && n <= 1 << 16)
		reader_check(&reader_jsonl, &d, (struct sv){(const char *)data, n});
	return 0;
}
