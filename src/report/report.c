#include "report/report.h"

/* Sorted by name. */
const struct report_format *const report_formats[] = {
	&report_gx,
	&report_json,
	&report_text,
};
const size_t report_format_count = LEN(report_formats);

const struct report_format *
report_format_find(struct sv name)
{
	for (size_t i = 0; i < report_format_count; i++)
		if (sv_is(name, report_formats[i]->name))
			return report_formats[i];
	return NULL;
}
