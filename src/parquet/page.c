#include "parquet/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "parquet/hybrid.h"

/* The first read of a chunk fetches no more than a header and a small dictionary, which is often all that is wanted. */
#define FIRST_READ ((size_t)8 << 10)
#define HEADS_READ ((size_t)512)
#define READ_AHEAD ((size_t)128 << 10)
#define HEAD_MAX ((size_t)16 << 20)
/* A page may not grow beyond all measure: past this many bytes not more than a thousand for one. */
#define RATIO_FREE ((size_t)64 << 20)
enum { RATIO_MAX = 1000 };

bool
pages_bad(const struct pages *p, enum err_code code, struct err *err, const char *fmt, ...)
{
	char why[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_set(err, code, NOWHERE,
	               "'" SV_FMT "': column '" SV_FMT "', row group %u, page %u (at byte %" PRId64 "): %s",
	               SV_ARG(p->f->name), SV_ARG(p->f->leaf[p->leaf].path), p->group, p->number, p->head_at,
	               why);
}

void
pages_init(struct pages *p)
{
	*p = (struct pages){0};
}

void
pages_fini(struct pages *p)
{
	free(p->in);
	codec_state_fini(&p->codec);
}

bool
pages_seek(struct pages *p, const struct parquet_file *f, uint32_t group, uint32_t leaf, struct err *err)
{
	if (!chunk_readable(f, group, leaf, err))
		return false;

	const struct pq_column *c = &file_chunk(f, group, leaf)->meta;

	p->f = f;
	p->group = group;
	p->leaf = leaf;
	p->at = chunk_start(c);
	p->end = p->at + MAX(c->packed, 0);
	if (file_group(f, group)->rows == 0)
		p->end = p->at;
	p->number = UINT32_MAX;
	p->slack = 0;
	p->in_at = p->at;
	p->in_n = 0;
	return true;
}

/* Bytes of the file from p->at on that are there already. */
static size_t
ahead(const struct pages *p)
{
	return p->at >= p->in_at && p->at < p->in_at + (int64_t)p->in_n
	               ? (size_t)(p->in_at + (int64_t)p->in_n - p->at)
	               : 0;
}

static const uint8_t *
here(const struct pages *p)
{
	return p->in + (p->at - p->in_at);
}

void
pages_follow(struct pages *p, const struct pages *other)
{
	size_t n = MIN(ahead(other), HEADS_READ);

	p->at = other->at;
	p->end = other->end;
	p->slack = other->slack;
	p->number = other->number;
	if (n > p->in_cap) {
		free(p->in);
		p->in = xmalloc(HEADS_READ + PQ_PAD);
		p->in_cap = HEADS_READ;
	}
	if (n > 0)
		memcpy(p->in, here(other), n);
	p->in_at = p->at;
	p->in_n = n;
}

static bool
too_short(const struct pages *p, size_t got, struct err *err)
{
	return pages_bad(p, ERR_CHANGED, err, "the file ends %zu bytes behind its beginning", got);
}

/* Makes sure of n bytes at p->at, which lie in the chunk; more may be read ahead. */
static bool
fetch(struct pages *p, size_t n, struct err *err)
{
	size_t have = ahead(p), got;

	if (have >= n)
		return true;

	size_t ask = MAX(n, p->heads ? HEADS_READ : p->number == UINT32_MAX ? FIRST_READ : READ_AHEAD);

	ask = (size_t)MIN((int64_t)ask, p->end - p->at);
	if (ask > p->in_cap) {
		uint8_t *bigger = xmalloc(ask + PQ_PAD);

		if (have > 0)
			memcpy(bigger, here(p), have);
		free(p->in);
		p->in = bigger;
		p->in_cap = ask;
	} else if (have > 0) {
		memmove(p->in, here(p), have);
	}
	p->in_at = p->at;
	p->in_n = have;
	if (!input_read(p->f->in, p->at + (int64_t)have, (char *)p->in + have, ask - have, &got, err))
		return false;
	p->in_n += got;
	p->bytes += (int64_t)got;
	return p->in_n >= n || too_short(p, p->in_n, err);
}

/* n bytes at p->at to dst: what was read ahead from there, the rest straight from the file. */
static bool
read_to(struct pages *p, uint8_t *dst, size_t n, struct err *err)
{
	size_t have = MIN(ahead(p), n), got = 0;

	if (n <= READ_AHEAD) {
		if (!fetch(p, n, err))
			return false;
		if (n > 0)
			memcpy(dst, here(p), n);
		return true;
	}
	if (have > 0)
		memcpy(dst, here(p), have);
	if (n > have && !input_read(p->f->in, p->at + (int64_t)have, (char *)dst + have, n - have, &got, err))
		return false;
	p->bytes += (int64_t)got;
	return have + got == n || too_short(p, have + got, err);
}

static bool
check_levels(const struct pages *p, const struct pq_data_page_v2 *d, struct err *err)
{
	int64_t levels = (int64_t)d->definition_bytes + d->repetition_bytes;

	if (d->definition_bytes < 0 || d->repetition_bytes < 0 || levels > p->head.packed ||
	    levels > p->head.unpacked)
		return pages_bad(p, ERR_FORMAT, err,
		                 "its levels are said to have %" PRId64 " bytes, all of it %d", levels,
		                 (int)p->head.packed);
	return true;
}

static bool
check_head(const struct pages *p, struct err *err)
{
	const struct pq_page *h = &p->head;
	unsigned kind = h->type == PAGE_DATA ? 5 : h->type == PAGE_DICTIONARY ? 7 : 8;

	if (h->packed < 0 || h->unpacked < 0)
		return pages_bad(p, ERR_FORMAT, err, "it has a size below zero");
	if (h->packed > p->end - p->at + p->slack)
		return pages_bad(p, ERR_FORMAT, err, "its %d bytes go past the end of the column's chunk",
		                 (int)h->packed);
	if (h->type != PAGE_DATA && h->type != PAGE_DICTIONARY && h->type != PAGE_DATA_V2)
		return true;
	if (!thrift_has(h->has, kind))
		return pages_bad(p, ERR_FORMAT, err, "its header lacks what a page of its kind has");
	if ((int32_t)pages_entries(p) < 0)
		return pages_bad(p, ERR_FORMAT, err, "it is said to have %d values",
		                 (int32_t)pages_entries(p));
	return h->type != PAGE_DATA_V2 || check_levels(p, &h->data_v2, err);
}

/* A header's length is known when it has been read.  It has no lists, so it needs no memory. */
static bool
read_head(struct pages *p, struct err *err)
{
	for (size_t want = 64;; want *= 2) {
		size_t left = (size_t)(p->end - p->at);

		if (!fetch(p, MIN(want, left), err))
			return false;

		struct thrift_source in = {.bytes = {(const char *)here(p), MIN(ahead(p), left)}};

		memset(&p->head, 0, sizeof(p->head));
		if (thrift_read(&in, NULL, &pq_page_table, &p->head)) {
			p->at += (int64_t)in.at;
			return true;
		}
		want = MAX(want, in.bytes.n);
		if (in.why != thrift_short || want >= left || want > HEAD_MAX)
			return pages_bad(p, ERR_FORMAT, err, "its header cannot be read: %s", in.why);
	}
}

/*
 * Old writers of dictionaries left the dictionary's header out of the size of the chunk (PARQUET-816).  So the last page may go past the
 * end by as much.
 */
static void
mind_slack(struct pages *p)
{
	if (p->head.type == PAGE_DICTIONARY)
		p->slack = MIN(p->at - p->head_at, p->f->footer_at - p->end);
	p->end = MAX(p->end, p->at + p->head.packed);
}

bool
pages_head(struct pages *p, bool *end, struct err *err)
{
	for (;;) {
		*end = p->at >= p->end;
		if (*end)
			return true;
		p->head_at = p->at;

		bool first = p->number == UINT32_MAX;

		if (first && !fetch(p, (size_t)MIN((int64_t)FIRST_READ, p->end - p->at), err))
			return false;
		p->number++;
		if (!read_head(p, err) || !check_head(p, err))
			return false;
		mind_slack(p);
		if (p->head.type == PAGE_DATA || p->head.type == PAGE_DICTIONARY ||
		    p->head.type == PAGE_DATA_V2)
			return true;
		pages_pass(p);
	}
}

void
pages_pass(struct pages *p)
{
	p->at += p->head.packed;
}

static bool
check_crc(const struct pages *p, const uint8_t *bytes, struct err *err)
{
	if (!thrift_has(p->head.has, 4))
		return true;

	uint32_t want = (uint32_t)p->head.crc, is = (uint32_t)crc32(0, bytes, (uInt)p->head.packed);

	if (is == want)
		return true;
	return pages_bad(p, ERR_FORMAT, err,
	                 "its checksum is wrong: its bytes have %08x, its header says %08x", is, want);
}

/* What is compressed is behind `plain` bytes that are not. */
static bool
unpack(struct pages *p, size_t plain, uint8_t *dst, size_t size, struct err *err)
{
	const struct pq_column *c = &file_chunk(p->f, p->group, p->leaf)->meta;
	size_t packed = (size_t)p->head.packed - plain;
	bool is_packed = p->head.type != PAGE_DATA_V2 || !thrift_has(p->head.data_v2.has, 7) ||
	                 p->head.data_v2.packed;
	const char *why;

	if (!fetch(p, (size_t)p->head.packed, err) || !check_crc(p, here(p), err))
		return false;
	if (plain > 0)
		memcpy(dst, here(p), plain);
	if (size == plain && packed == 0)
		return true;
	if (size > RATIO_FREE && (size - RATIO_FREE) / RATIO_MAX > packed)
		return pages_bad(p, ERR_LIMIT, err, "it unpacks to more than %d times its size",
		                 (int)RATIO_MAX);
	why = codec_run(&p->f->codecs, &p->codec, is_packed ? c->codec : 0, here(p) + plain, packed,
	                dst + plain, size - plain);
	return why == NULL ||
	       pages_bad(p, ERR_FORMAT, err, "%s: %s", codec_name(is_packed ? c->codec : 0), why);
}

/* Levels of the first version, which may be of the old kind: bits without runs, most significant first. */
static bool
take_bits(const struct pages *p, struct slabs *s, unsigned max, struct sv *rest, struct sv *ret,
          struct err *err)
{
	uint32_t width = hybrid_width(max), n = pages_entries(p);
	size_t bytes = (size_t)(((uint64_t)n * width + 7) / 8);
	uint64_t groups = ((uint64_t)n + 7) / 8, head = groups << 1 | 1;

	if (bytes > rest->n)
		return pages_bad(p, ERR_FORMAT, err, "its levels go past its end");

	/* As one run of the kind that everything else is made for. */
	uint8_t *to = slabs_take(s, bytes + 8), *at = to;

	if (to == NULL)
		return pages_bad(p, ERR_LIMIT, err, "its levels need more memory than is allowed");
	for (; head >= 0x80; head >>= 7)
		*at++ = (uint8_t)(head | 0x80);
	*at++ = (uint8_t)head;
	memset(at, 0, bytes);
	for (uint64_t i = 0; i < (uint64_t)n * width; i++) {
		uint64_t value = i / width, bit = value * width + (width - 1 - i % width);

		if ((uint8_t)rest->p[i / 8] >> (7 - i % 8) & 1)
			at[bit / 8] |= (uint8_t)(1u << bit % 8);
	}
	*ret = (struct sv){(const char *)to, (size_t)(at - to) + bytes};
	*rest = sv_skip(*rest, bytes);
	return true;
}

static bool
take_levels(const struct pages *p, struct slabs *s, unsigned max, int32_t encoding, struct sv *rest,
            struct sv *ret, struct err *err)
{
	uint32_t n;
	char name[24];

	*ret = (struct sv){"", 0};
	if (max == 0)
		return true;
	if (encoding == ENCODING_BIT_PACKED)
		return take_bits(p, s, max, rest, ret, err);
	if (encoding != ENCODING_RLE)
		return pages_bad(p, ERR_FORMAT, err, "its levels are encoded as %s",
		                 pq_encoding_name(encoding, name));
	if (rest->n < sizeof(n))
		return pages_bad(p, ERR_FORMAT, err, "its levels go past its end");
	memcpy(&n, rest->p, sizeof(n));
	*rest = sv_skip(*rest, sizeof(n));
	if (n > rest->n)
		return pages_bad(p, ERR_FORMAT, err, "its levels go past its end");
	*ret = (struct sv){rest->p, n};
	*rest = sv_skip(*rest, n);
	return true;
}

static bool
split(const struct pages *p, struct slabs *s, struct sv all, struct page_body *ret, struct err *err)
{
	const struct leaf *l = &p->f->leaf[p->leaf];
	const struct pq_data_page_v2 *v2 = &p->head.data_v2;

	ret->repetition = ret->definition = (struct sv){"", 0};
	ret->values = all;
	if (p->head.type == PAGE_DICTIONARY)
		return true;
	if (p->head.type == PAGE_DATA)
		return take_levels(p, s, l->max_rep, p->head.data.repetition, &ret->values, &ret->repetition,
		                   err) &&
		       take_levels(p, s, l->max_def, p->head.data.definition, &ret->values, &ret->definition,
		                   err);
	ret->repetition = (struct sv){all.p, (size_t)v2->repetition_bytes};
	all = sv_skip(all, (size_t)v2->repetition_bytes);
	ret->definition = (struct sv){all.p, (size_t)v2->definition_bytes};
	ret->values = sv_skip(all, (size_t)v2->definition_bytes);
	return true;
}

bool
pages_body(struct pages *p, struct slabs *s, struct page_body *ret, struct err *err)
{
	const struct pq_column *c = &file_chunk(p->f, p->group, p->leaf)->meta;
	size_t size = (size_t)p->head.unpacked, packed = (size_t)p->head.packed;
	size_t plain = p->head.type == PAGE_DATA_V2 ? (size_t)p->head.data_v2.definition_bytes +
	                                                      (size_t)p->head.data_v2.repetition_bytes
	                                            : 0;
	bool as_is = c->codec == 0 || (plain > 0 && packed == plain);

	if (packed > p->f->memory || size > p->f->memory)
		return pages_bad(p, ERR_LIMIT, err, "it needs more memory than the %zu bytes allowed",
		                 p->f->memory);
	/* What is not compressed may be said to have any size. */
	if (as_is)
		size = packed;

	uint8_t *dst = slabs_take(s, size);

	if (dst == NULL)
		return pages_bad(p, ERR_LIMIT, err, "its values need more memory than the %zu bytes allowed",
		                 p->f->memory);
	if (as_is ? !read_to(p, dst, packed, err) || !check_crc(p, dst, err)
	          : !unpack(p, plain, dst, size, err))
		return false;
	p->at += (int64_t)packed;
	ret->start = dst;
	return split(p, s, (struct sv){(const char *)dst, size}, ret, err);
}
