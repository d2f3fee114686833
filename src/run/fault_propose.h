/* Checks that would notice a fault: what the profile of the column says can be written down.  Who asks tries each before it is told. */
#ifndef WEIR_RUN_FAULT_PROPOSE_H
#define WEIR_RUN_FAULT_PROPOSE_H

#include "run/fault.h"

void propose_not_null(struct proposals *s);
void propose_length(struct proposals *s);
void propose_text(struct proposals *s);
void propose_mojibake(struct proposals *s);
void propose_size(struct proposals *s);
void propose_range(struct proposals *s);
void propose_decimals(struct proposals *s);
void propose_type(struct proposals *s);
void propose_times(struct proposals *s);
void propose_not_future(struct proposals *s);
void propose_unique(struct proposals *s);
void propose_order(struct proposals *s);
void propose_pair(struct proposals *s);
void propose_column(struct proposals *s);
void propose_keys(struct proposals *s);
void propose_row_count(struct proposals *s);
void propose_recent(struct proposals *s);

#endif
