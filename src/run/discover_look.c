/*
 * One file: what separates its fields, whether its first line is a header, and which columns it has.
 *
 * The columns are asked of the reader that will read it later, so what it would refuse is no asset.
 */
#include "base/fs.h"
#include "base/num.h"
#include "catalog/file_format.h"
#include "engine/engine.h"
#include "run/discover_internal.h"

enum { HEAD_BYTES = 64 << 10 };

static bool
dataset_of(struct discovering *d, const struct candidate *c, struct dataset *ret, struct err *err)
{
	static const struct sv null_token = {"", 0};

	*ret = (struct dataset){
		.key = c->path,
		.format = c->format,
		.zone = tz_utc,
		.driver = source_driver_find(SV("file")),
		.csv = {.delimiter = c->delimiter,
	                .quote = '"',
	                .header = !c->no_header,
	                .null = &null_token,
	                .nnull = 1},
	};
	return ret->driver->list(d->a, sv_of(fs_join(d->a, d->dir, c->path)), &ret->parts, err);
}

/* The first bytes, decompressed. */
static bool
read_head(const struct dataset *data, struct arena *a, struct sv *ret, struct err *err)
{
	__attribute__((cleanup(input_cleanup))) struct input *in = NULL;
	char *p = arena_alloc(a, HEAD_BYTES);
	size_t n = 0, got = 1;

	if (!data->driver->open(&data->parts.v[0], &in, err))
		return false;
	while (n < HEAD_BYTES && got > 0) {
		if (!input_read(in, (int64_t)n, p + n, HEAD_BYTES - n, &got, err))
			return false;
		n += got;
	}
	*ret = (struct sv){p, n};
	return true;
}

/* How often c stands in the first line outside quotes. */
static size_t
count_in_line(struct sv text, char c)
{
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < text.n && (quoted || text.p[i] != '\n'); i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		n += !quoted && text.p[i] == c;
	}
	return n;
}

static char
sniff_delimiter(struct sv head, char dflt)
{
	static const char others[] = {';', '\t', '|', ','};
	size_t most = 0;
	char ret = dflt;

	if (count_in_line(head, dflt) > 0)
		return dflt;
	for (size_t i = 0; i < sizeof(others); i++) {
		size_t n = count_in_line(head, others[i]);

		if (n > most) {
			most = n;
			ret = others[i];
		}
	}
	return ret;
}

/* Settings and documents end in .json too: data has one object a line, and more than one of them. */
static bool
is_json_lines(struct sv head)
{
	struct sv line = sv_trim(sv_cut(&head, '\n')), second = sv_trim(sv_cut(&head, '\n'));

	return line.n > 1 && line.p[0] == '{' && line.p[line.n - 1] == '}' && second.n > 0 &&
	       second.p[0] == '{';
}

static bool
is_value(struct sv s)
{
	struct time_text t;
	double number;

	return num_f64(s, &number) || time_text_parse(s, &t);
}

/* A first line of nothing but numbers, dates and gaps names no columns. */
static bool
is_a_row(struct sv head, char delimiter)
{
	struct sv line = sv_cut(&head, '\n');
	bool some = false;

	if (sv_starts(line, SV("\xEF\xBB\xBF")))
		line = sv_skip(line, 3);
	while (line.n > 0) {
		struct sv field = sv_trim(sv_cut(&line, delimiter));

		if (field.n > 1 && field.p[0] == '"' && field.p[field.n - 1] == '"')
			field = (struct sv){field.p + 1, field.n - 2};
		if (field.n > 0 && !is_value(field))
			return false;
		some = some || field.n > 0;
	}
	return some;
}

static struct sv
signature_of(struct arena *a, const struct candidate *c, const struct schema *s)
{
	struct buf b;
	struct sv ret;

	buf_init(&b, 16 << 20);
	buf_add(&b, c->format);
	buf_printf(&b, "%c%d", c->delimiter, c->no_header);
	for (uint32_t i = 0; i < s->n; i++) {
		buf_putc(&b, '\0');
		buf_add(&b, s->col[i].name);
	}
	ret = arena_sv(a, buf_sv(&b));
	buf_fini(&b);
	return ret;
}

/* Opens the reader; sets the signature. */
static bool
look(struct discovering *d, struct candidate *c, const struct dataset *data, struct err *err)
{
	struct scan_options o = {.pool = d->pool, .memory_bytes = 16 << 20};
	__attribute__((cleanup(connection_cleanup))) struct connection *conn = NULL;
	const struct engine *engine = engine_for(c->format, NOWHERE, err);
	const struct schema *s;

	if (engine == NULL || !engine->open(data, &o, &conn, err))
		return false;
	s = engine->schema(conn);
	if (s->n == 0)
		return err_set(err, ERR_FORMAT, NOWHERE, "it has no columns");
	c->signature = signature_of(d->a, c, s);
	return true;
}

/* False with *why for data that cannot be read, without it for what is no data at all. */
static bool
settle(struct discovering *d, struct candidate *c, char dflt, const char **why, struct err *err)
{
	AUTO(arena) scratch = arena_new();
	struct dataset data;
	struct sv head;

	*why = "is gone";
	if (!dataset_of(d, c, &data, err) || data.parts.n == 0 || !read_head(&data, scratch, &head, err))
		return false;
	*why = "is empty";
	if (sv_trim(head).n == 0)
		return false;
	if (sv_is(c->format, "jsonl") && sv_ends(c->ending, SV(".json")) && !is_json_lines(head)) {
		*why = sv_trim(head).p[0] == '[' ? "is one list; weir reads one object a line" : NULL;
		return false;
	}
	if (sv_is(c->format, "csv")) {
		c->delimiter = sniff_delimiter(head, dflt);
		c->no_header = is_a_row(head, c->delimiter);
		data.csv.delimiter = c->delimiter;
		data.csv.header = !c->no_header;
	}
	*why = "cannot be read";
	return look(d, c, &data, err);
}

void
discover_file(struct discovering *d, struct sv path, struct sv format, bool tabs, size_t ending)
{
	const char dflt = tabs ? '\t' : ',';
	struct candidate c = {
		.path = path,
		.stem = {path.p, path.n - ending},
		.ending = sv_skip(path, path.n - ending),
		.format = format,
		.delimiter = dflt,
	};
	struct err err = {0};
	const char *why = NULL;

	if (!settle(d, &c, dflt, &why, &err)) {
		if (why == NULL)
			return;
		/* It stays known, so that no glob of others takes it in. */
		discover_notice(d, file_format_title(format), path,
		                sv_of(err.code != ERR_NONE ? err.msg : why));
		c.signature = (struct sv){0};
		c.taken = true;
	}
	if (c.delimiter == dflt)
		c.delimiter = '\0';
	*LIST_ADD(d->a, &d->file) = c;
}
