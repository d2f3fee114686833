#include "catalog/file_format.h"

#define FILE_FORMAT(name, title) {#name, #name, .tabs = false},
#define FILE_ALIAS(name, format, tabs) {#name, #format, tabs, .bare_only = false},
#define FILE_BARE(name, format) {#name, #format, .bare_only = true},
static const struct file_format formats[] = {
#include "catalog/file_formats.def"
};
#undef FILE_FORMAT
#undef FILE_ALIAS
#undef FILE_BARE

#define FILE_FORMAT(name, title) #name,
#define FILE_ALIAS(name, format, tabs) #name,
#define FILE_BARE(name, format)
const char *const file_format_names[] = {
#include "catalog/file_formats.def"
};
const size_t file_format_name_count = LEN(file_format_names);
#undef FILE_FORMAT
#undef FILE_ALIAS
#undef FILE_BARE

#define FILE_FORMAT(name, title) {#name, title},
#define FILE_ALIAS(name, format, tabs)
#define FILE_BARE(name, format)
static const struct {
	const char *format, *title;
} titles[] = {
#include "catalog/file_formats.def"
	{"sqlite", "SQLite"},
};

const char *
file_format_title(struct sv format)
{
	for (size_t i = 0; i < LEN(titles); i++)
		if (sv_is(format, titles[i].format))
			return titles[i].title;
	return "File";
}

const struct file_format *
file_format_find(struct sv name)
{
	for (size_t i = 0; i < LEN(formats); i++)
		if (sv_is(name, formats[i].name))
			return &formats[i];
	return NULL;
}

const struct file_format *
file_format_of_path(struct sv path)
{
	size_t dot;

	if (sv_iends(path, SV(".gz")))
		path.n -= sizeof(".gz") - 1;
	else if (sv_iends(path, SV(".zst")))
		path.n -= sizeof(".zst") - 1;
	for (dot = path.n; dot > 0 && path.p[dot - 1] != '.'; dot--)
		;
	for (size_t i = 0; dot > 0 && i < LEN(formats); i++)
		if (sv_ieq(sv_skip(path, dot), sv_of(formats[i].name)))
			return &formats[i];
	return NULL;
}
