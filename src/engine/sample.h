/* Samples of failing rows, the same for every engine: which columns to fetch, and how the fetched values are shown. */
#ifndef WEIR_ENGINE_SAMPLE_H
#define WEIR_ENGINE_SAMPLE_H

#include "expect/expect.h"

/* Does this check's verdict want a second look? */
bool sample_wanted(const struct bound *b, const struct verdict *v);

/* The columns to fetch for it: the domain's, then the key columns or what the check names rows by instead (each once
 * more, so that offsets are plain), then all of the table's where whole rows are asked for. */
const struct column **sample_columns(struct arena *a, const struct bound *b, const struct column *const *key,
                                     uint32_t nkey, uint32_t *n);

/*
 * Fills v->sample from n rows; value[i * ncol + j] belongs to row i and to column j of sample_columns.  row[i] counts from 0 over all
 * parts.  Values of pii columns are masked.
 */
void sample_fill(struct arena *a, const struct bound *b, struct verdict *v, const struct row_at *at,
                 const int64_t *row, uint32_t n, const struct value *value, const struct column *const *key,
                 uint32_t nkey);

#endif
