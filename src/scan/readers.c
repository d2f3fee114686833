/* The table of readers. */
#include "catalog/file_format.h"
#include "scan/reader.h"

#define FILE_ALIAS(name, format, tabs)
#define FILE_BARE(name, format)
#define FILE_FORMAT(name, title) &reader_##name,
const struct reader_driver *const reader_drivers[] = {
#include "catalog/file_formats.def"
};
const size_t reader_driver_count = LEN(reader_drivers);
#undef FILE_FORMAT

#define FILE_FORMAT(name, title) #name,
const char *const reader_formats[] = {
#include "catalog/file_formats.def"
	NULL,
};
#undef FILE_FORMAT

#define FILE_FORMAT(name, title) " " #name
static const char known[] = "This build reads:"
#include "catalog/file_formats.def"
			    ".";

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
	(void)err_hint(err, "%s", known);
	return NULL;
}
