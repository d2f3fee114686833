#include "parquet/thrift.h"

enum wire {
	WIRE_TRUE = 1,
	WIRE_FALSE,
	WIRE_I8,
	WIRE_I16,
	WIRE_I32,
	WIRE_I64,
	WIRE_DOUBLE,
	WIRE_BINARY,
	WIRE_LIST,
	WIRE_SET,
	WIRE_MAP,
	WIRE_STRUCT,
	WIRE_UUID
};
enum { DEPTH_MAX = 32, VARINT_BITS = 64 };

const char thrift_short[] = "the metadata ends in the middle of a value",
	   thrift_memory[] = "the metadata needs more memory than is allowed";

static bool
fail(struct thrift_source *in, const char *why)
{
	in->why = why;
	return false;
}

static bool
read_byte(struct thrift_source *in, uint8_t *ret)
{
	if (in->at >= in->bytes.n)
		return fail(in, thrift_short);
	*ret = (uint8_t)in->bytes.p[in->at++];
	return true;
}

static bool
read_varint(struct thrift_source *in, uint64_t *ret)
{
	uint64_t v = 0;
	uint8_t b;

	for (unsigned shift = 0; shift < VARINT_BITS; shift += 7) {
		if (!read_byte(in, &b))
			return false;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80) {
			*ret = v;
			return true;
		}
	}
	return fail(in, "a number has more than ten bytes");
}

static bool
read_int(struct thrift_source *in, int64_t *ret)
{
	uint64_t v;

	if (!read_varint(in, &v))
		return false;
	*ret = (int64_t)(v >> 1 ^ (0 - (v & 1)));
	return true;
}

static bool
read_binary(struct thrift_source *in, struct sv *ret)
{
	uint64_t n;

	if (!read_varint(in, &n))
		return false;
	if (n > in->bytes.n - in->at)
		return fail(in, thrift_short);
	*ret = (struct sv){in->bytes.p + in->at, (size_t)n};
	in->at += (size_t)n;
	return true;
}

/* The head of a list or set.  Each element takes a byte at least, so no count can be greater than what is left. */
static bool
read_list_head(struct thrift_source *in, uint8_t *type, uint32_t *n)
{
	uint8_t b;
	uint64_t count;

	if (!read_byte(in, &b))
		return false;
	*type = b & 15;
	count = b >> 4;
	if (count == 15 && !read_varint(in, &count))
		return false;
	if (count > in->bytes.n - in->at || count > INT32_MAX)
		return fail(in, "a list has more elements than there are bytes");
	*n = (uint32_t)count;
	return true;
}

struct field {
	int64_t id;
	uint8_t type; /* 0 = the end */
};

static bool
read_field(struct thrift_source *in, struct field *f)
{
	uint8_t b;

	if (!read_byte(in, &b))
		return false;
	f->type = b & 15;
	if (f->type == 0)
		return b == 0 || fail(in, "a field has no type");
	if (b >> 4 != 0)
		f->id += b >> 4;
	else if (!read_int(in, &f->id))
		return false;
	return (f->id >= INT16_MIN && f->id <= INT16_MAX) || fail(in, "a field has an impossible number");
}

static bool skip(struct thrift_source *in, uint8_t type, bool element, unsigned depth);

static bool
skip_bytes(struct thrift_source *in, size_t n)
{
	if (n > in->bytes.n - in->at)
		return fail(in, thrift_short);
	in->at += n;
	return true;
}

static bool
skip_elements(struct thrift_source *in, uint8_t type, uint32_t n, unsigned depth)
{
	for (uint32_t i = 0; i < n; i++)
		if (!skip(in, type, true, depth))
			return false;
	return true;
}

static bool
skip_map(struct thrift_source *in, unsigned depth)
{
	uint64_t n;
	uint8_t types;

	if (!read_varint(in, &n))
		return false;
	if (n == 0)
		return true;
	if (n > in->bytes.n - in->at)
		return fail(in, "a map has more elements than there are bytes");
	if (!read_byte(in, &types))
		return false;
	for (uint64_t i = 0; i < n; i++)
		if (!skip(in, types >> 4, true, depth) || !skip(in, types & 15, true, depth))
			return false;
	return true;
}

static bool
skip_struct(struct thrift_source *in, unsigned depth)
{
	struct field f = {0};

	for (;;) {
		if (!read_field(in, &f))
			return false;
		if (f.type == 0)
			return true;
		if (!skip(in, f.type, false, depth))
			return false;
	}
}

/* Booleans are in the type of a field, but a byte each as elements. */
static bool
skip(struct thrift_source *in, uint8_t type, bool element, unsigned depth)
{
	int64_t i;
	struct sv s;
	uint8_t of;
	uint32_t n;

	if (depth >= DEPTH_MAX)
		return fail(in, "the metadata is nested too deeply");
	switch (type) {
	case WIRE_TRUE:
	case WIRE_FALSE:
		return !element || skip_bytes(in, 1);
	case WIRE_I8:
		return skip_bytes(in, 1);
	case WIRE_I16:
	case WIRE_I32:
	case WIRE_I64:
		return read_int(in, &i);
	case WIRE_DOUBLE:
		return skip_bytes(in, 8);
	case WIRE_BINARY:
		return read_binary(in, &s);
	case WIRE_LIST:
	case WIRE_SET:
		return read_list_head(in, &of, &n) && skip_elements(in, of, n, depth + 1);
	case WIRE_MAP:
		return skip_map(in, depth + 1);
	case WIRE_STRUCT:
		return skip_struct(in, depth + 1);
	case WIRE_UUID:
		return skip_bytes(in, 16);
	default:
		return fail(in, "a field has an unknown type");
	}
}

static bool read_struct(struct thrift_source *in, struct arena *a, const struct thrift_table *t, char *dst,
                        unsigned depth);

static bool
read_i32(struct thrift_source *in, uint8_t type, int32_t *ret)
{
	int64_t i;
	uint8_t b;

	if (type == WIRE_I8) {
		if (!read_byte(in, &b))
			return false;
		*ret = b < 128 ? b : b - 256;
		return true;
	}
	if (!read_int(in, &i))
		return false;
	if (i < INT32_MIN || i > INT32_MAX)
		return fail(in, "a number does not fit 32 bits");
	*ret = (int32_t)i;
	return true;
}

/* A byte each: 1 or 2, or 0 for the latter by some writers. */
static bool
read_bool(struct thrift_source *in, bool *ret)
{
	uint8_t b;

	if (!read_byte(in, &b))
		return false;
	*ret = b == WIRE_TRUE;
	return true;
}

/* What lists have: elements of `size` bytes, and which types of the wire they may be of. */
static const struct element_kind {
	size_t size;
	uint8_t least, most;
} elements[] = {
	[THRIFT_STRUCTS] = {0, WIRE_STRUCT, WIRE_STRUCT},
	[THRIFT_I32S] = {sizeof(int32_t), WIRE_I8, WIRE_I32},
	[THRIFT_I64S] = {sizeof(int64_t), WIRE_I16, WIRE_I64},
	[THRIFT_BOOLS] = {sizeof(bool), WIRE_TRUE, WIRE_FALSE},
	[THRIFT_BINARIES] = {sizeof(struct sv), WIRE_BINARY, WIRE_BINARY},
};

static bool
read_element(struct thrift_source *in, struct arena *a, const struct thrift_member *m, uint8_t type, void *at,
             unsigned depth)
{
	switch ((enum thrift_kind)m->kind) {
	case THRIFT_STRUCTS:
		return read_struct(in, a, m->of, at, depth);
	case THRIFT_I32S:
		return read_i32(in, type, at);
	case THRIFT_I64S:
		return read_int(in, at);
	case THRIFT_BOOLS:
		return read_bool(in, at);
	default:
		return read_binary(in, at);
	}
}

/* Elements that the kind does not mean are passed over. */
static bool
read_list(struct thrift_source *in, struct arena *a, const struct thrift_member *m, struct thrift_list *ret,
          unsigned depth)
{
	const struct element_kind *k = &elements[m->kind];
	size_t size = m->kind == THRIFT_STRUCTS ? m->of->size : k->size;
	uint8_t type;
	uint32_t n;

	if (!read_list_head(in, &type, &n))
		return false;
	if (type < k->least || type > k->most)
		return skip_elements(in, type, n, depth);
	if ((size_t)n * size > in->memory)
		return fail(in, thrift_memory);
	in->memory -= (size_t)n * size;

	char *v = arena_array(a, n, size);

	for (uint32_t i = 0; i < n; i++)
		if (!read_element(in, a, m, type, v + i * size, depth))
			return false;
	*ret = (struct thrift_list){v, n};
	return true;
}

static bool
fits(const struct thrift_member *m, uint8_t type)
{
	switch ((enum thrift_kind)m->kind) {
	case THRIFT_BOOL:
		return type == WIRE_TRUE || type == WIRE_FALSE;
	case THRIFT_I32:
		return type >= WIRE_I8 && type <= WIRE_I32;
	case THRIFT_I64:
		return type >= WIRE_I16 && type <= WIRE_I64;
	case THRIFT_BINARY:
		return type == WIRE_BINARY;
	case THRIFT_STRUCT:
	case THRIFT_NOTHING:
		return type == WIRE_STRUCT;
	case THRIFT_STRUCTS:
	case THRIFT_I32S:
	case THRIFT_I64S:
	case THRIFT_BOOLS:
	case THRIFT_BINARIES:
		return type == WIRE_LIST;
	}
	return false;
}

static bool
read_member(struct thrift_source *in, struct arena *a, const struct thrift_member *m, uint8_t type, void *at,
            unsigned depth)
{
	switch ((enum thrift_kind)m->kind) {
	case THRIFT_BOOL:
		*(bool *)at = type == WIRE_TRUE;
		return true;
	case THRIFT_I32:
		return read_i32(in, type, at);
	case THRIFT_I64:
		return read_int(in, at);
	case THRIFT_BINARY:
		return read_binary(in, at);
	case THRIFT_STRUCT:
		return read_struct(in, a, m->of, at, depth + 1);
	case THRIFT_NOTHING:
		return skip(in, type, false, depth);
	case THRIFT_STRUCTS:
	case THRIFT_I32S:
	case THRIFT_I64S:
	case THRIFT_BOOLS:
	case THRIFT_BINARIES:
		return read_list(in, a, m, at, depth + 1);
	}
	return false;
}

static bool
read_struct(struct thrift_source *in, struct arena *a, const struct thrift_table *t, char *dst,
            unsigned depth)
{
	struct field f = {0};
	uint32_t *has = (uint32_t *)(void *)dst;

	if (depth >= DEPTH_MAX)
		return fail(in, "the metadata is nested too deeply");
	for (size_t next = 0;;) {
		if (!read_field(in, &f))
			return false;
		if (f.type == 0)
			return true;
		/* Members and fields are both in order, nearly always. */
		if (next >= t->n || t->member[next].id > f.id)
			next = 0;
		while (next < t->n && t->member[next].id < f.id)
			next++;

		const struct thrift_member *m = next < t->n ? &t->member[next] : NULL;

		if (m == NULL || m->id != f.id || !fits(m, f.type)) {
			if (!skip(in, f.type, false, depth))
				return false;
			continue;
		}
		if (!read_member(in, a, m, f.type, dst + m->at, depth))
			return false;
		*has |= UINT32_C(1) << m->id;
	}
}

bool
thrift_read(struct thrift_source *in, struct arena *a, const struct thrift_table *t, void *dst)
{
	in->why = NULL;
	return read_struct(in, a, t, dst, 0);
}
