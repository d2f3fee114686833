/* The `result` of a verdict as Great Expectations writes it: what the reports json and gx show. */
#ifndef WEIR_EXPECT_RESULT_H
#define WEIR_EXPECT_RESULT_H

#include "expect/expect.h"

/* An object with exactly Great Expectations' keys at that level of detail; {} for an error. */
void verdict_result_json(const struct bound *b, const struct verdict *v, enum result_format format,
                         struct json_writer *w);

#endif
