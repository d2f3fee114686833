/* File formats by name: what `format:` may say, and what the ending of a file's name tells. */
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
/* By the ending of a path, behind that of a compression (.gz, .zst); NULL if it tells nothing. */
const struct file_format *file_format_of_path(struct sv path);

#endif
