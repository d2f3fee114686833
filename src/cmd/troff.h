/* Manual pages in man(7): text that cannot be taken for markup. */
#ifndef WEIR_CMD_TROFF_H
#define WEIR_CMD_TROFF_H

#include "base/buf.h"

/* `.TH`, with the version as the source. */
void troff_title(struct buf *b, const char *name, const char *section);
void troff_section(struct buf *b, const char *title);
/* A paragraph's text: a blank line begins a new one, lines that begin with a space are set as they are. */
void troff_text(struct buf *b, const char *text);
/* A tagged paragraph; the tag is bold. */
void troff_tag(struct buf *b, const char *tag);
/* Lines as they are. */
void troff_example(struct buf *b, const char *text);
/* Escaped, without a line end. */
void troff_put(struct buf *b, const char *text);

#endif
