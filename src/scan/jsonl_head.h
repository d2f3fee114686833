/* The head of a JSONL part: which keys there are, and what stands behind them. */
#ifndef WEIR_SCAN_JSONL_HEAD_H
#define WEIR_SCAN_JSONL_HEAD_H

#include "scan/reader.h"

bool jsonl_head(struct arena *a, const struct dataset *d, const struct part *p, struct sv text, bool whole,
                struct head *ret, struct err *err);

#endif
