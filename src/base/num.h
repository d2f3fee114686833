/* Numbers from and to text: whole texts only, range-checked, regardless of locale. */
#ifndef WEIR_BASE_NUM_H
#define WEIR_BASE_NUM_H

#include "base/sv.h"

/* `-?[0-9]+`, also with a leading '+'. */
MUST_CHECK bool num_i64(struct sv s, int64_t *ret);
MUST_CHECK bool num_u64(struct sv s, uint64_t *ret);
/* Decimal or scientific notation, `inf`, `infinity`, `nan` in any case with a sign; correctly rounded. */
MUST_CHECK bool num_f64(struct sv s, double *ret);

/*
 * The shortest text that reads back as the same double; integral values print with ".0" as Python and JSON
 * users expect ("2.0", "1e+22", "nan", "inf").  dst holds NUM_MAX bytes; returns dst.
 */
#define NUM_MAX 48
const char *num_f64_format(double v, char *dst);
/* "12 345" style grouping for people, with thin separators ','. */
const char *num_group(int64_t v, char *dst);

#endif
