#include "engine/engine.h"

#include <stdio.h>

/* Sorted by name. */
const struct engine *const engines[] = {
	&engine_scan,
	&engine_sqlite,
};
const size_t engine_count = LEN(engines);

const struct engine *
engine_for(struct sv format, struct loc at, struct err *err)
{
	char known[120] = "";
	size_t n = 0;

	for (size_t i = 0; i < engine_count; i++)
		for (const char *const *f = engines[i]->formats; *f != NULL; f++) {
			int len;

			if (sv_is(format, *f))
				return engines[i];
			len = snprintf(known + n, sizeof(known) - n, "%s%s", n > 0 ? ", " : "", *f);
			n = MIN(n + (size_t)MAX(len, 0), sizeof(known) - 1);
		}
	if (format.n == 0)
		err_set(err, ERR_UNSUPPORTED, at, "the format of the data is not known");
	else
		err_set(err, ERR_UNSUPPORTED, at, "reading the format '" SV_FMT "' is not built yet",
		        SV_ARG(format));
	err_hint(err, "formats that can be read: %s", known);
	return NULL;
}
