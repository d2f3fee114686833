/* File formats by name (file_formats.def): what `format:` may say, and what the ending of a file's name tells. */
#ifndef WEIR_CATALOG_FILE_FORMAT_H
#define WEIR_CATALOG_FILE_FORMAT_H

#include "base/sv.h"

struct file_format {
	const char *name;   /* also the ending, without its dot */
	const char *format; /* of the dataset: "csv", "jsonl" … */
	bool tabs;          /* fields are separated by tabs */
	bool bare_only;     /* only where no catalog speaks: a catalog has to say such a format */
};

/* By name; NULL if there is none. */
const struct file_format *file_format_find(struct sv name);
/* By the ending of a path, behind that of a compression (.gz, .zst), whatever its capitals; NULL if it tells nothing. */
const struct file_format *file_format_of_path(struct sv path);
/* Of a dataset's format, as people write it: "CSV", "SQLite"; "File" for any other. */
const char *file_format_title(struct sv format);
/* What `format:` may say. */
extern const char *const file_format_names[];
extern const size_t file_format_name_count;

#endif
