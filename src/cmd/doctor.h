/* What weir doctor looks at, but for the project: each adds its remarks. */
#ifndef WEIR_CMD_DOCTOR_H
#define WEIR_CMD_DOCTOR_H

#include "cmd/upkeep.h"

void doctor_libraries(struct remarks *r);
/* needed: somebody is to be told by HTTP. */
void doctor_libcurl(struct remarks *r, bool needed);
/* fixed: by --now. */
void doctor_clock(struct remarks *r, bool fixed);
void doctor_zones(struct remarks *r);
/* Says nothing where all is well. */
void doctor_sandbox(struct remarks *r);
void doctor_process(struct remarks *r, const struct report_style *style);

#endif
