/* What weir doctor looks at, but for the project: each adds its remarks. */
#ifndef WEIR_CMD_DOCTOR_H
#define WEIR_CMD_DOCTOR_H

#include "cmd/remote.h"
#include "cmd/upkeep.h"

void doctor_libraries(struct remarks *r);
/* needed: somebody is to be told by HTTP. */
void doctor_libcurl(struct remarks *r, bool needed);
/* fixed: by --now. */
void doctor_clock(struct remarks *r, bool fixed);
void doctor_zones(struct remarks *r);
/* Says nothing where all is well. */
void doctor_sandbox(struct remarks *r);
/* A service elsewhere; the one that works with the state at this path, if there is one (listen: as the catalog says). */
void doctor_service(struct remarks *r, struct remote *service);
void doctor_local_service(struct options *o, struct remarks *r, const char *state, struct sv listen);
void doctor_process(struct remarks *r, const struct report_style *style);

#endif
