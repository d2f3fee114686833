/* One character of UTF-8 at a time, from text that may be anything. */
#ifndef WEIR_BASE_UTF8_H
#define WEIR_BASE_UTF8_H

#include "base/sv.h"

/* A byte that begins no valid sequence is a character of its own, beyond Unicode. */
#define UTF8_BAD 0x110000u
#define UTF8_IS_BAD(c) ((c) >= UTF8_BAD)

/*
 * The first character of s, which is not empty; returns its bytes, 1 to 4.  Overlong forms, surrogates, cut
 * sequences and code points past U+10FFFF are bad: one byte, *c = UTF8_BAD + byte.
 */
size_t utf8_decode(struct sv s, uint32_t *c);

#endif
