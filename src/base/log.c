#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static _Atomic int level_now = LOG_WARN;

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

/*
 * Control characters come from data and names; unescaped, they could forge lines or steer the terminal.
 * U+0080 to U+009F (C2 80 to C2 9F) are such characters too.
 */
static size_t
escape(char *dst, size_t size, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	for (; *s != '\0' && n + 8 < size; s++) {
		unsigned char c = (unsigned char)*s, next = (unsigned char)s[1];

		if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
			c = next;
			s++;
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

/* One write for the line: lines of several threads and processes do not mix. */
static void PRINTF(3, 0) say(enum log_level level, const char *prefix, const char *fmt, va_list ap)
{
	char text[2048], line[4096];

	if (!log_on(level))
		return;
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';

	size_t n = (size_t)snprintf(line, sizeof(line), "weir: %s", prefix);

	n += escape(line + n, sizeof(line) - n, text);
	line[n++] = '\n';
	/* There is nowhere left to tell that stderr fails. */
	ssize_t done UNUSED = write(STDERR_FILENO, line, n);
}

void
log_line(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_ERROR, "", fmt, ap);
	va_end(ap);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_ERROR, "error: ", fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_WARN, "warning: ", fmt, ap);
	va_end(ap);
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_INFO, "", fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(LOG_DEBUG, "debug: ", fmt, ap);
	va_end(ap);
}
