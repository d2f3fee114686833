/*
 * One function for each context that text from outside may stand in.  All write what text_plain writes, so no control character, no broken
 * UTF-8 and nothing that turns directions is left; then what means something in the context is taken its meaning.
 */
#ifndef WEIR_REPORT_ESCAPE_H
#define WEIR_REPORT_ESCAPE_H

#include "base/buf.h"

/* Text or an attribute in quotes, of HTML and of XML 1.0. */
void escape_html(struct buf *b, struct sv text);
/* Prose in Markdown, also in the cell of a table: no markup, no HTML, no mention, no link. */
void escape_markdown(struct buf *b, struct sv text);
/* A name or a value in Markdown: as code. */
void escape_markdown_code(struct buf *b, struct sv text);
/* The message of a workflow command of GitHub; lines may be told apart by \n. */
void escape_github(struct buf *b, struct sv text);
/* A property of one: file=, title= … */
void escape_github_property(struct buf *b, struct sv text);

#endif
