#include "reader_check.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct sv null[] = {{"", 0}, {"NA", 2}};
	struct dataset d = {.csv = {.delimiter = ',', .quote = '"', .header = true}};

	if (n < 2 || n > 1 << 16)
		return 0;
	if (data[1] & 1)
		d.csv.header = false;
	if (data[1] & 2)
		d.csv.quote = '\0';
	if (data[1] & 4)
		d.csv.delimiter = ';';
	if (data[1] & 8) {
		d.csv.null = null;
		d.csv.nnull = LEN(null);
	}
	reader_check(&reader_csv, &d, (struct sv){(const char *)data, n});
	return 0;
}
