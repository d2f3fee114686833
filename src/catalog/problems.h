/* Kinds of problems, of which incidents are made: catalog/problems.def has their names and meaning. */
#ifndef WEIR_CATALOG_PROBLEMS_H
#define WEIR_CATALOG_PROBLEMS_H

#include <stddef.h>

enum problem_kind {
#define PROBLEM(kind, name, family, judged, severity, meaning) PROBLEM_##kind,
#include "catalog/problems.def"
#undef PROBLEM
	PROBLEM_COUNT
};
extern const char *const problem_names[PROBLEM_COUNT + 1]; /* NULL-terminated */
extern const char *const problem_docs[PROBLEM_COUNT];

#endif
