#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef __clang_analyzer__
#undef err_set
#undef err_hint
#undef err_prefix
#endif

struct code {
	const char *name, *text;
	int exit_status, http_status;
};

static const struct code codes[] = {
#define ERR_CODE(name, text, exit_status, http_status) {#name, text, exit_status, http_status},
#include "base/err_codes.def"
#undef ERR_CODE
};

static const struct code *
code_of(enum err_code code)
{
	assert((unsigned)code < ERR_CODE_COUNT);
	return &codes[code];
}

/* A message that was cut must not end inside a UTF-8 sequence: terminals and JSON would choke on it. */
static void
trim_utf8(char *s, size_t n)
{
	size_t lead = n;

	while (lead > 0 && n - lead < 3 && ((unsigned char)s[lead - 1] & 0xC0) == 0x80)
		lead--;
	if (lead == 0 || ((unsigned char)s[lead - 1] & 0xC0) != 0xC0)
		return;

	unsigned char c = (unsigned char)s[lead - 1];
	size_t need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;

	if (n - (lead - 1) < need)
		s[lead - 1] = '\0';
}

/* By way of a copy, because the arguments may point into dst. */
static void PRINTF(3, 0) format(char *dst, size_t size, const char *fmt, va_list ap)
{
	char text[sizeof(((struct err *)0)->msg)];

	assert(size <= sizeof(text));
	int n = vsnprintf(text, size, fmt, ap);
	if (n < 0)
		text[0] = '\0';
	else if ((size_t)n >= size)
		trim_utf8(text, size - 1);
	memcpy(dst, text, size);
}

bool
err_set(struct err *err, enum err_code code, struct loc at, const char *fmt, ...)
{
	if (err == NULL)
		return false;

	va_list ap;

	va_start(ap, fmt);
	format(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	err->code = code;
	err->loc = at;
	err->hint[0] = '\0';
	return false;
}

bool
err_hint(struct err *err, const char *fmt, ...)
{
	if (err == NULL)
		return false;

	va_list ap;

	va_start(ap, fmt);
	format(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
	return false;
}

bool
err_prefix(struct err *err, const char *fmt, ...)
{
	if (err == NULL)
		return false;

	va_list ap;
	struct err prefix, old = *err;

	va_start(ap, fmt);
	format(prefix.msg, sizeof(prefix.msg), fmt, ap);
	va_end(ap);

	int n = snprintf(err->msg, sizeof(err->msg), "%s: %s", prefix.msg, old.msg);
	if (n < 0 || (size_t)n >= sizeof(err->msg))
		trim_utf8(err->msg, strlen(err->msg));
	return false;
}

/* As snprintf at dst + *at; *at stays within n once the text is cut. */
static void PRINTF(4, 5) append(char *dst, size_t n, size_t *at, const char *fmt, ...)
{
	va_list ap;

	if (*at >= n)
		return;
	va_start(ap, fmt);
	int len = vsnprintf(dst + *at, n - *at, fmt, ap);
	va_end(ap);
	*at += len > 0 ? (size_t)len : 0;
}

const char *
err_text(const struct err *err, char *dst, size_t n)
{
	size_t at = 0;

	if (n == 0)
		return dst;
	dst[0] = '\0';
	if (err->loc.file != NULL) {
		append(dst, n, &at, "%s:", err->loc.file);
		if (err->loc.line > 0)
			append(dst, n, &at, "%u:", err->loc.line);
		if (err->loc.line > 0 && err->loc.col > 0)
			append(dst, n, &at, "%u:", err->loc.col);
		append(dst, n, &at, " ");
	}
	append(dst, n, &at, "%s", err->msg);
	if (err->hint[0] != '\0')
		append(dst, n, &at, " (%s)", err->hint);
	if (at >= n)
		trim_utf8(dst, n - 1);
	return dst;
}

int
err_exit_status(enum err_code code)
{
	return code_of(code)->exit_status;
}

int
err_http_status(enum err_code code)
{
	return code_of(code)->http_status;
}

const char *
err_code_name(enum err_code code)
{
	return code_of(code)->name;
}

const char *
err_code_text(enum err_code code)
{
	return code_of(code)->text;
}
