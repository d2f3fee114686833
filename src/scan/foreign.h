/* Bytes that are no text in UTF-8 whatever their file's name says: read as records, they would be columns and rows of rubbish. */
#ifndef WEIR_SCAN_FOREIGN_H
#define WEIR_SCAN_FOREIGN_H

#include "base/err.h"
#include "base/sv.h"

/* The begin of a part, after unpacking.  ERR_FORMAT, with what to do about it, if it is known as something else than text. */
MUST_CHECK bool foreign_refuse(struct sv text, struct sv part, struct loc loc, struct err *err);

#endif
