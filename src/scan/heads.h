/*
 * What the heads of parts showed, kept like states: parts that did not change are not opened to see their columns again.
 *
 * The identity of a head says which bytes it was seen in and how they were read, but for the types, which come from all heads together.
 */
#ifndef WEIR_SCAN_HEADS_H
#define WEIR_SCAN_HEADS_H

#include "scan/morsel.h"

/* Before the parts are looked at.  Nothing if the scan keeps nothing. */
void heads_open(struct scan *s);
/* The head of a part, and if it is seekable; false: it is not kept. */
bool heads_take(struct scan *s, uint32_t part, struct head *ret);
/* This is what it shows. */
void heads_note(struct scan *s, uint32_t part, const struct head *h);
/* Puts the head of a part, which was left alone long enough, to what is kept. */
void heads_keep(struct scan *s, uint32_t part);

/* Opens what is kept, once. */
void scan_open_kept(struct scan *s);
/* What says how bytes are read, before anything of them is known. */
void identify_format(const struct scan *s, struct hasher *h);
/* The bytes of a part, as far as can be told without reading them, or by their hash. */
void identify_bytes(const struct part *p, struct hasher *h);

#endif
