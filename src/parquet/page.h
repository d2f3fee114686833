/* The pages of a column chunk, one after the other: headers, and bodies as far as anybody wants them. */
#ifndef WEIR_PARQUET_PAGE_H
#define WEIR_PARQUET_PAGE_H

#include "parquet/file.h"
#include "parquet/slabs.h"

struct pages {
	const struct parquet_file *f;
	uint32_t group, leaf;
	int64_t at, end; /* offsets: of what is read next, of the chunk's end */
	int64_t slack;   /* bytes that the last page may go past the end */
	int64_t head_at; /* of the current page */
	struct pq_page head;
	uint32_t number; /* of the current page in the chunk, from 0 */
	bool heads;      /* only headers are wanted: little is read ahead */
	/* Bytes of the file that were read ahead. */
	uint8_t *in;
	size_t in_cap, in_n;
	int64_t in_at;
	int64_t bytes; /* read so far, of all chunks */
	struct codec_state codec;
};

/* A page's sections; levels that the column does not have are empty. */
struct page_body {
	const uint8_t *start; /* of the memory it lies in; NULL: none */
	struct sv repetition, definition, values;
};

void pages_init(struct pages *p);
void pages_fini(struct pages *p);
/* To the first page of a chunk. */
MUST_CHECK bool pages_seek(struct pages *p, const struct parquet_file *f, uint32_t group, uint32_t leaf,
                           struct err *err);
/* To where another walk over the same chunk is, with what that has read ahead, or a little of it. */
void pages_follow(struct pages *p, const struct pages *other);
/* The header of the next page into p->head, checked; *end: there is none.  Pages of unknown kinds are passed over. */
MUST_CHECK bool pages_head(struct pages *p, bool *end, struct err *err);
/* The body of that page, or past it without reading it.  One of them has to follow each header. */
MUST_CHECK bool pages_body(struct pages *p, struct slabs *s, struct page_body *ret, struct err *err);
void pages_pass(struct pages *p);
/* Entries of a data page, values of a dictionary. */
static inline uint32_t
pages_entries(const struct pages *p)
{
	return (uint32_t)(p->head.type == PAGE_DATA      ? p->head.data.values
	                  : p->head.type == PAGE_DATA_V2 ? p->head.data_v2.values
	                                                 : p->head.dictionary.values);
}
static inline int32_t
pages_encoding(const struct pages *p)
{
	return p->head.type == PAGE_DATA      ? p->head.data.encoding
	       : p->head.type == PAGE_DATA_V2 ? p->head.data_v2.encoding
	                                      : p->head.dictionary.encoding;
}
/* "'file': column 'a', row group 3, page 7 (at byte 1234): …" */
bool pages_bad(const struct pages *p, enum err_code code, struct err *err, const char *fmt, ...) PRINTF(4, 5);

#endif
