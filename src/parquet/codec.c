#include "parquet/codec.h"

#include <brotli/decode.h>
#include <dlfcn.h>
#include <limits.h>
#include <lz4.h>
#include <snappy-c.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum { CODEC_NONE, CODEC_SNAPPY, CODEC_GZIP, CODEC_LZO, CODEC_BROTLI, CODEC_LZ4, CODEC_ZSTD, CODEC_LZ4_RAW };

struct call {
	void *function;
	struct codec_state *state;
	const uint8_t *src;
	size_t n;
	uint8_t *dst;
	size_t size;
};

static const char damaged[] = "its bytes are damaged",
		  other_size[] = "it unpacks to another size than it says";

static const char *
run_none(const struct call *c)
{
	if (c->n != c->size)
		return "it is not compressed, but has two sizes";
	if (c->n > 0)
		memcpy(c->dst, c->src, c->n);
	return NULL;
}

static const char *
run_snappy(const struct call *c)
{
	__typeof__(snappy_uncompress) *uncompress;
	size_t got = 0, announced = 0;
	unsigned shift = 0;

	/* The size stands in front as a varint.  The library would say so too, but by one more function to load. */
	for (size_t i = 0; i < c->n && i < 5; i++, shift += 7) {
		announced |= (size_t)(c->src[i] & 0x7f) << shift;
		if (c->src[i] < 0x80)
			break;
	}
	if (announced != c->size)
		return other_size;
	memcpy(&uncompress, &c->function, sizeof(uncompress));
	got = c->size;
	if (uncompress((const char *)c->src, c->n, (char *)c->dst, &got) != SNAPPY_OK)
		return damaged;
	return got == c->size ? NULL : other_size;
}

/* Any number of members behind each other, until the page is full. */
static const char *
run_gzip(const struct call *c)
{
	z_stream z = {0};
	const char *why = NULL;

	if (c->n > UINT_MAX || c->size > UINT_MAX)
		return "it is too large for gzip";
	if (inflateInit2(&z, 15 + 32) != Z_OK) /* gzip or zlib, by what stands there */
		return "gzip cannot be started";
	z.next_in = (z_const Bytef *)c->src;
	z.avail_in = (uInt)c->n;
	z.next_out = c->dst;
	z.avail_out = (uInt)c->size;
	for (;;) {
		int rc = inflate(&z, Z_NO_FLUSH);

		if (rc == Z_STREAM_END) {
			if (z.avail_in == 0 || z.avail_out == 0)
				break;
			if (inflateReset(&z) != Z_OK) {
				why = damaged;
				break;
			}
		} else if (rc != Z_OK) {
			why = rc == Z_BUF_ERROR && z.avail_out == 0 ? other_size : damaged;
			break;
		}
	}
	if (why == NULL && z.avail_out != 0)
		why = other_size;
	inflateEnd(&z);
	return why;
}

static const char *
run_brotli(const struct call *c)
{
	__typeof__(BrotliDecoderDecompress) *decompress;
	size_t got = c->size;

	memcpy(&decompress, &c->function, sizeof(decompress));
	if (decompress(c->n, c->src, &got, c->dst) != BROTLI_DECODER_RESULT_SUCCESS)
		return damaged;
	return got == c->size ? NULL : other_size;
}

static const char *
lz4_block(const struct call *c, const uint8_t *src, size_t n, uint8_t *dst, size_t size)
{
	__typeof__(LZ4_decompress_safe) *decompress;

	if (n > INT_MAX || size > INT_MAX)
		return "it is too large for LZ4";
	memcpy(&decompress, &c->function, sizeof(decompress));

	int got = decompress((const char *)src, (char *)dst, (int)n, (int)size);

	if (got < 0)
		return damaged;
	return (size_t)got == size ? NULL : other_size;
}

static const char *
run_lz4_raw(const struct call *c)
{
	return lz4_block(c, c->src, c->n, c->dst, c->size);
}

static uint32_t
big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Hadoop's frames: size unpacked, size packed, both big-endian, then a block.  False if the sizes do not add up to that. */
static bool
hadoop_frames(const struct call *c)
{
	size_t at = 0, out = 0;

	while (at < c->n) {
		if (c->n - at < 8)
			return false;

		uint32_t size = big_endian(c->src + at), n = big_endian(c->src + at + 4);

		at += 8;
		if (n > c->n - at || size > c->size - out ||
		    lz4_block(c, c->src + at, n, c->dst + out, size) != NULL)
			return false;
		at += n;
		out += size;
	}
	return out == c->size;
}

/* The old codec was written in two ways, and nothing says which. */
static const char *
run_lz4(const struct call *c)
{
	return hadoop_frames(c) ? NULL : run_lz4_raw(c);
}

static const char *
run_zstd(const struct call *c)
{
	if (c->state->zstd == NULL)
		c->state->zstd = ZSTD_createDCtx();
	if (c->state->zstd == NULL)
		return "zstd cannot be started";

	size_t got = ZSTD_decompressDCtx(c->state->zstd, c->dst, c->size, c->src, c->n);

	if (ZSTD_isError(got))
		return ZSTD_getErrorName(got);
	return got == c->size ? NULL : other_size;
}

static const struct codec {
	const char *name;
	const char *(*run)(const struct call *c); /* NULL: cannot */
	const char *library, *function, *package; /* to load; NULL = it is linked */
} codecs[CODEC_COUNT] = {
	[CODEC_NONE] = {"none", run_none, NULL, NULL, NULL},
	[CODEC_SNAPPY] = {"snappy", run_snappy, "libsnappy.so.1", "snappy_uncompress", "libsnappy1v5"},
	[CODEC_GZIP] = {"gzip", run_gzip, NULL, NULL, NULL},
	[CODEC_LZO] = {"LZO", NULL, NULL, NULL, NULL},
	[CODEC_BROTLI] = {"brotli", run_brotli, "libbrotlidec.so.1", "BrotliDecoderDecompress", "libbrotli1"},
	[CODEC_LZ4] = {"LZ4", run_lz4, "liblz4.so.1", "LZ4_decompress_safe", "liblz4-1"},
	[CODEC_ZSTD] = {"zstd", run_zstd, NULL, NULL, NULL},
	[CODEC_LZ4_RAW] = {"LZ4_RAW", run_lz4_raw, "liblz4.so.1", "LZ4_decompress_safe", "liblz4-1"},
};

const char *
codec_name(int32_t codec)
{
	return codec >= 0 && codec < CODEC_COUNT ? codecs[codec].name : "unknown";
}

bool
codec_load(struct codecs *c, int32_t codec, struct err *err)
{
	if (codec < 0 || codec >= CODEC_COUNT)
		return err_set(err, ERR_UNSUPPORTED, NOWHERE,
		               "compressed by codec number %d, which is not known", (int)codec);

	const struct codec *d = &codecs[codec];

	if (d->run == NULL)
		return err_set(err, ERR_UNSUPPORTED, NOWHERE, "compressed by %s, which cannot be read",
		               d->name);
	if (d->library == NULL || c->function[codec] != NULL)
		return true;

	/* It stays loaded: what was looked up in it has to. */
	void *library = dlopen(d->library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (library != NULL) {
		c->function[codec] = dlsym(library, d->function);
		dlclose(library);
	}
	if (c->function[codec] != NULL)
		return true;
	(void)err_set(err, ERR_UNSUPPORTED, NOWHERE, "compressed by %s, and %s cannot be loaded", d->name,
	              d->library);
	return err_hint(err, "Install the package %s (apt-get install %s).", d->package, d->package);
}

const char *
codec_run(const struct codecs *c, struct codec_state *s, int32_t codec, const uint8_t *src, size_t n,
          uint8_t *dst, size_t size)
{
	struct call call = {c->function[codec], s, src, n, dst, size};

	/* cppcheck-suppress returnDanglingLifetime ; what is wrong is told by a constant */
	return codecs[codec].run(&call);
}

void
codec_state_fini(struct codec_state *s)
{
	if (s != NULL)
		(void)ZSTD_freeDCtx(s->zstd);
}
