/* Texts as YAML scalars: the one place that knows what needs quotes. */
#ifndef WEIR_CATALOG_YAML_TEXT_H
#define WEIR_CATALOG_YAML_TEXT_H

#include "base/buf.h"

/* Can YAML hold it?  UTF-8 without NUL bytes; anything else must not be handed to the functions below. */
bool yaml_can_hold(struct sv s);
/*
 * A text from data as a value or an item, on one line, also within { } and [ ].  It reads back as the same text: by weir, whose ${VAR} is
 * escaped, and by readers of YAML 1.1, for which `yes` is true and 2024-01-01 no text.
 */
void yaml_put_text(struct buf *b, struct sv s);
/* The same as a key of a map, not empty: there ${VAR} means nothing. */
void yaml_put_key(struct buf *b, struct sv s);
/* A text of a catalog as people write it: `off`, `2024-01-01` and `26h` stay plain. */
void yaml_put_word(struct buf *b, struct sv s);

#endif
