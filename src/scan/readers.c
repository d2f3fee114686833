/* The table of readers. */
#include "catalog/file_format.h"
#include "scan/reader.h"

const struct reader_driver *const reader_drivers[] = {&reader_csv, &reader_jsonl, &reader_parquet};
const size_t reader_driver_count = LEN(reader_drivers);

const struct reader_driver *
reader_driver_for(const struct dataset *d, struct err *err)
{
	struct sv name = d->parts.n > 0 ? d->parts.v[0].name : (struct sv){0};
	const struct file_format *f = d->format.n == 0 ? file_format_of_path(name) : NULL;
	struct sv format = f != NULL ? sv_of(f->format) : d->format;

	for (size_t i = 0; i < reader_driver_count; i++)
		if (sv_is(format, reader_drivers[i]->format))
			return reader_drivers[i];
	if (d->format.n > 0)
		(void)err_set(err, ERR_UNSUPPORTED, d->loc, "reading '" SV_FMT "' is not built yet",
		              SV_ARG(d->format));
	else
		(void)err_set(err, ERR_UNSUPPORTED, d->loc, "the name '" SV_FMT "' does not tell the format",
		              SV_ARG(name));
	(void)err_hint(err, "This build reads csv, jsonl and parquet.");
	return NULL;
}
