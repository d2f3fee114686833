/* The table of readers. */
#include "scan/reader.h"

const struct reader_driver *const reader_drivers[] = {&reader_csv, &reader_jsonl, &reader_parquet};
const size_t reader_driver_count = LEN(reader_drivers);

static bool
has_suffix(const struct reader_driver *r, struct sv name)
{
	static const char *const packed[] = {".gz", ".zst"};

	for (size_t i = 0; i < LEN(packed); i++)
		if (sv_ends(name, sv_of(packed[i])))
			name.n -= strlen(packed[i]);
	for (const char *const *s = r->suffix; *s != NULL; s++)
		if (sv_ends(name, sv_of(*s)))
			return true;
	return false;
}

const struct reader_driver *
reader_driver_for(const struct dataset *d, struct err *err)
{
	struct sv name = d->parts.n > 0 ? d->parts.v[0].name : (struct sv){0};

	for (size_t i = 0; i < reader_driver_count; i++)
		if (d->format.n > 0 ? sv_is(d->format, reader_drivers[i]->format)
		                    : has_suffix(reader_drivers[i], name))
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
