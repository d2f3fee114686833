/* The columns of a table: what the catalog declared, merged with what the data shows. */
#ifndef WEIR_EXPR_SCHEMA_H
#define WEIR_EXPR_SCHEMA_H

#include "expr/value.h"

/* What the data's own schema says: a NOT NULL of a database, a required field of a file. */
enum column_nulls { NULLS_UNKNOWN, NULLS_NONE, NULLS_ALLOWED };

struct column {
	struct sv name;
	struct type type;
	uint32_t index; /* position in the table, from 0 */
	bool declared;  /* the catalog names its type: a value that does not fit is a misfit, not a variant */
	bool pii;       /* masked in samples */
	bool missing;   /* declared, but the data has no such column */
	bool certain;   /* the data itself holds values of this type only: none is a misfit */
	bool of_path;   /* a folder of the file's path names it: `year=2024/` */
	enum column_nulls nulls;
	bool member; /* of a column of objects: found by its path, but none of the table's own columns */
};

struct schema {
	const struct column *col;
	uint32_t n;
	bool open; /* there may be columns that it does not list (before the data was seen) */
};

/* Exact, case-sensitive; NULL if absent. */
const struct column *schema_find(const struct schema *s, struct sv name);
/* Has it a column whose values must not be shown?  What is made of any of its columns, nobody knows of which, must not either. */
bool schema_has_pii(const struct schema *s);
/* The names as C strings for suggestions. */
const char *const *schema_names(struct arena *a, const struct schema *s, size_t *n);

#endif
