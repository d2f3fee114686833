/* Stored reports: whatever is read back can be written in every format. */
#include "fuzz.h"

#include <assert.h>

#include "report/report.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	const struct report_style style = {.unicode = true, .verbose = true};
	struct report r;
	struct err err = {0};

	if (!report_read(a, (struct sv){(const char *)data, n}, &r, &err)) {
		assert(err.msg[0] != '\0');
		return 0;
	}
	for (size_t i = 0; i < report_format_count; i++) {
		AUTO(buf) text = buf_new((size_t)64 << 20);

		err = (struct err){0};
		if (!report_formats[i]->write(&r, &style, text, &err))
			assert(err.msg[0] != '\0');
	}
	return 0;
}
