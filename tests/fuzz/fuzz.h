/* The one function of a fuzz target, under the name that libFuzzer calls. */
#ifndef WEIR_TESTS_FUZZ_H
#define WEIR_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Must return 0 for any input, and leave nothing behind. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#endif
