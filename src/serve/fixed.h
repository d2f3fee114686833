/* Answers that are the same for as long as the service runs. */
#ifndef WEIR_SERVE_FIXED_H
#define WEIR_SERVE_FIXED_H

#include "serve/request.h"

enum fixed { FIXED_OPENAPI, FIXED_PAGE, FIXED_SCRIPT, FIXED_STYLE, FIXED_COUNT };

/* NULL if it cannot be made. */
struct prepared *fixed_make(enum fixed which);
/* One reference is the caller's. */
struct prepared *fixed_of(const struct request *q, enum fixed which);

#endif
