/* The page for people, its style and its script: all that a browser gets from this binary. */
#ifndef WEIR_SERVE_WEB_H
#define WEIR_SERVE_WEB_H

#include "base/sv.h"

extern const struct sv web_page, web_style, web_script;

#endif
