/* Codecs of pages: a row each.  Those that little data needs are loaded when a file names them, so that nobody else pays for it. */
#ifndef WEIR_PARQUET_CODEC_H
#define WEIR_PARQUET_CODEC_H

#include "base/err.h"

enum { CODEC_COUNT = 8 };

/* The functions of the libraries that were loaded, by codec. */
struct codecs {
	void *function[CODEC_COUNT];
};

/* Makes a codec ready.  ERR_UNSUPPORTED for one that is not known, or with the package to install. */
MUST_CHECK bool codec_load(struct codecs *c, int32_t codec, struct err *err);
const char *codec_name(int32_t codec);

/* What a thread keeps between pages. */
struct codec_state {
	void *zstd;
};
void codec_state_fini(struct codec_state *s);
/*
 * Decompresses n bytes into exactly size bytes.  NULL, or what is wrong.  The codec is loaded.
 */
MUST_CHECK const char *codec_run(const struct codecs *c, struct codec_state *s, int32_t codec,
                                 const uint8_t *src, size_t n, uint8_t *dst, size_t size);

#endif
