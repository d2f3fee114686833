#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/num.h"

enum { MESSAGE_MAX = 2048, FIELD_MAX = 512, LINE_MAX_BYTES = 64 << 10 };

const char *const log_format_names[] = {"text", "json", "journal", NULL};

static _Atomic int level_now = LOG_WARN;
static _Atomic int format_now = LOG_FORMAT_PLAIN;

void
log_set_level(enum log_level level)
{
	atomic_store_explicit(&level_now, (int)level, memory_order_relaxed);
}

bool
log_on(enum log_level level)
{
	return level != LOG_QUIET && (int)level <= atomic_load_explicit(&level_now, memory_order_relaxed);
}

void
log_set_format(enum log_format format)
{
	atomic_store_explicit(&format_now, (int)format, memory_order_relaxed);
}

enum log_format
log_format(void)
{
	return (enum log_format)atomic_load_explicit(&format_now, memory_order_relaxed);
}

bool
log_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	const char *colon = stream != NULL ? strchr(stream, ':') : NULL;
	uint64_t device, inode;
	struct stat st;

	return colon != NULL && num_u64((struct sv){stream, (size_t)(colon - stream)}, &device) &&
	       num_u64(sv_of(colon + 1), &inode) && fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	       st.st_ino == inode;
}

/*
 * Control characters come from data and names; unescaped, they could forge lines or steer the terminal.
 * U+0080 to U+009F (C2 80 to C2 9F) are such characters too.
 */
static size_t
escape(char *dst, size_t size, struct sv text)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < text.n && n + 8 < size; i++) {
		unsigned char c = (unsigned char)text.p[i];
		const unsigned char next = i + 1 < text.n ? (unsigned char)text.p[i + 1] : 0;

		if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
			c = next;
			i++;
		} else if (c >= 0x20 && c != 0x7F) {
			dst[n++] = (char)c;
			continue;
		}
		memcpy(dst + n, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\x", 2);
		n += 2;
		if (c != '\n' && c != '\t') {
			dst[n++] = hex[c >> 4];
			dst[n++] = hex[c & 15];
		}
	}
	return n;
}

static const struct {
	const char *name, *prefix;
	int priority; /* syslog's, for the journal */
} levels[] = {
	[LOG_QUIET] = {"info", "", 6},
	[LOG_ERROR] = {"error", "error: ", 3},
	[LOG_WARN] = {"warning", "warning: ", 4},
	[LOG_INFO] = {"info", "", 6},
	[LOG_DEBUG] = {"debug", "debug: ", 7},
};

/* One write for the line: lines of several threads and processes do not mix. */
static void
write_line(struct buf *b)
{
	buf_putc(b, '\n');
	/* There is nowhere left to tell that stderr fails. */
	ssize_t done UNUSED = write(STDERR_FILENO, b->p, b->n);
}

static void
put_escaped(struct buf *b, struct sv text)
{
	char line[2 * MESSAGE_MAX];

	buf_add(b, (struct sv){line, escape(line, sizeof(line), text)});
}

/* What stands before the message; LOG_QUIET stands for what is no matter of levels. */
static void
put_head(struct buf *b, enum log_level level)
{
	char at[RFC3339_MAX];

	if (log_format() == LOG_FORMAT_JOURNAL) {
		buf_printf(b, "<%d>", levels[level].priority);
		return;
	}
	if (log_format() == LOG_FORMAT_TEXT)
		buf_printf(b, "%s ", rfc3339_format(clock_now_us(&clock_system), at));
	buf_printf(b, "weir: %s", levels[level].prefix);
}

static void
begin_json(struct json_writer *j, struct buf *b, enum log_level level, struct sv message)
{
	json_write_init(j, b, 0);
	json_object(j);
	json_put_time(j, "time", clock_now_us(&clock_system));
	json_put_str(j, "level", levels[level].name);
	json_put_sv(j, "message", message);
}

static void
say_text(enum log_level level, struct sv text)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);
	struct json_writer j;

	if (log_format() == LOG_FORMAT_JSON) {
		begin_json(&j, b, level, text);
		json_object_end(&j);
	} else {
		put_head(b, level);
		put_escaped(b, text);
	}
	write_line(b);
}

static void PRINTF(2, 0) say(enum log_level level, const char *fmt, va_list ap)
{
	char text[MESSAGE_MAX];

	if (level != LOG_QUIET && !log_on(level))
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	say_text(level, sv_of(text));
}

/* In quotes; what is not printable ASCII is escaped, so that what is shown is what was sent. */
static void
put_quoted(struct buf *b, struct sv s)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		const unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_printf(b, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			buf_printf(b, "\\x%02x", c);
		else
			buf_putc(b, (char)c);
	}
	buf_putc(b, '"');
}

/* Longer texts are cut, and say so. */
static struct sv
shown(const struct log_field *f, bool *cut)
{
	*cut = f->n > FIELD_MAX;
	return (struct sv){f->text, MIN(f->n, (size_t)FIELD_MAX)};
}

static void
put_member(struct json_writer *j, const struct log_field *f)
{
	AUTO(buf) whole = buf_new(LINE_MAX_BYTES);
	bool cut;

	if (f->text == NULL) {
		json_put_raw(j, f->name, sv_of(f->word));
		return;
	}
	buf_add(whole, shown(f, &cut));
	if (cut)
		buf_puts(whole, "\xE2\x80\xA6");
	json_put_sv(j, f->name, buf_sv(whole));
}

static void
put_word(struct buf *b, const struct log_field *f)
{
	bool cut;

	buf_printf(b, " %s=", f->name);
	if (f->text == NULL) {
		buf_puts(b, f->word);
		return;
	}
	put_quoted(b, shown(f, &cut));
	if (cut)
		buf_puts(b, "...");
}

void
log_fields(const char *message, const struct log_field *field, size_t n)
{
	AUTO(buf) b = buf_new(LINE_MAX_BYTES);
	struct json_writer j;

	if (log_format() == LOG_FORMAT_JSON) {
		begin_json(&j, b, LOG_QUIET, sv_of(message));
		for (size_t i = 0; i < n; i++)
			put_member(&j, &field[i]);
		json_object_end(&j);
	} else {
		put_head(b, LOG_QUIET);
		buf_puts(b, message);
		for (size_t i = 0; i < n; i++)
			put_word(b, &field[i]);
	}
	write_line(b);
}

void
log_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_QUIET, fmt, ap);
	va_end(ap);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_ERROR, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_WARN, fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_INFO, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_DEBUG, fmt, ap);
	va_end(ap);
}
