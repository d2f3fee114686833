#include "catalog/file_format.h"

static const struct file_format formats[] = {
	{"csv", "csv", .tabs = false},
	{"db", "sqlite", .bare_only = true},
	{"json", "jsonl", .tabs = false},
	{"jsonl", "jsonl", .tabs = false},
	{"ndjson", "jsonl", .tabs = false},
	{"parquet", "parquet", .tabs = false},
	{"sqlite", "sqlite", .bare_only = true},
	{"sqlite3", "sqlite", .bare_only = true},
	{"tsv", "csv", .tabs = true},
	{"txt", "csv", .bare_only = true},
};

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

	if (sv_ends(path, SV(".gz")))
		path.n -= sizeof(".gz") - 1;
	else if (sv_ends(path, SV(".zst")))
		path.n -= sizeof(".zst") - 1;
	for (dot = path.n; dot > 0 && path.p[dot - 1] != '.'; dot--)
		;
	return dot > 0 ? file_format_find(sv_skip(path, dot)) : NULL;
}
