/* Samples in stored JSON: values of failing rows, which are to go sooner than what was counted. */
#ifndef WEIR_STORE_SAMPLES_H
#define WEIR_STORE_SAMPLES_H

#include "base/json.h"

/* SQL: may the text in this column hold samples?  True for all that do. */
#define SAMPLES_IN(column)                                                                         \
	"(instr(" column ", 'unexpected_list\"') > 0 OR instr(" column ", 'index_list\"') > 0 OR " \
	"instr(" column ", 'unexpected_counts\"') > 0 OR instr(" column ", '\"sample\"') > 0)"

/*
 * Copies JSON (a result, or a whole report) to out without the members that hold samples, at any depth.  *n counts those that were not
 * empty.  False if the text is no JSON, or out is too small: then nothing of it is known to be free of samples.
 */
MUST_CHECK bool samples_cut(struct sv json, struct buf *out, int64_t *n);

#endif
