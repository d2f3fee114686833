/* What became of a foreign document, for people and for programs. */
#ifndef WEIR_REPORT_IMPORT_REPORT_H
#define WEIR_REPORT_IMPORT_REPORT_H

#include "import/import.h"
#include "report/report.h"

/* The tree must be settled (expect.h). */
void import_report_text(const struct imported *im, const char *file, const struct report_style *s,
                        struct buf *b);
void import_report_json(const struct imported *im, const char *file, struct buf *b);

#endif
