#include "report/report.h"

const struct report_format *const report_formats[] = {
#define ANY(name) &report_##name,
#define CHECK(name) &report_##name,
#define FIRST(name) &report_##name,
#include "report/formats.def"
#undef CHECK
#undef FIRST
#undef ANY
};
const size_t report_format_count = LEN(report_formats);

/* Each list walks the table twice: the default comes first. */
const char *const formats_report[] = {
#define ANY(name)
#define CHECK(name)
#define FIRST(name) #name,
#include "report/formats.def"
#undef ANY
#undef FIRST
#define ANY(name) #name,
#define FIRST(name)
#include "report/formats.def"
#undef ANY
#undef CHECK
#undef FIRST
	NULL,
};

const char *const formats_check[] = {
#define ANY(name)
#define CHECK(name)
#define FIRST(name) #name,
#include "report/formats.def"
#undef ANY
#undef CHECK
#undef FIRST
#define ANY(name) #name,
#define CHECK(name) #name,
#define FIRST(name)
#include "report/formats.def"
#undef ANY
#undef CHECK
#undef FIRST
	NULL,
};

const struct report_format *
report_format_find(struct sv name)
{
	for (size_t i = 0; i < report_format_count; i++)
		if (sv_is(name, report_formats[i]->name))
			return report_formats[i];
	return NULL;
}
