/* Errors carry a place: what is wrong, where the user wrote it, and what to do about it. */
#ifndef WEIR_BASE_ERR_H
#define WEIR_BASE_ERR_H

#include "base/base.h"

enum err_code {
#define ERR_CODE(name, text, exit_status, http_status) name,
#include "base/err_codes.def"
#undef ERR_CODE
	ERR_CODE_COUNT
};

struct loc {
	const char *file;   /* borrowed; NULL = no file */
	uint32_t line, col; /* from 1, col in bytes; 0 = unknown */
	uint32_t len;       /* bytes to underline; 0 = just the caret */
};

struct err {
	enum err_code code;
	struct loc loc;
	char msg[240], hint[160];
};

#define NOWHERE ((struct loc){0})

/* Fills *err unless it is NULL.  Always returns false, so that callers can return it. */
bool err_set(struct err *err, enum err_code code, struct loc at, const char *fmt, ...) PRINTF(4, 5);

/* Adds a hint (a sentence on what to do).  Always returns false. */
bool err_hint(struct err *err, const char *fmt, ...) PRINTF(2, 3);

/* Puts "text: " before the message of an error that passes by.  Always returns false. */
bool err_prefix(struct err *err, const char *fmt, ...) PRINTF(2, 3);

/* "file:line:col: msg (hint)", NUL-terminated, cut to n bytes; returns dst. */
const char *err_text(const struct err *err, char *dst, size_t n);

int err_exit_status(enum err_code code);
int err_http_status(enum err_code code);
const char *err_code_name(enum err_code code); /* "ERR_IO" */
const char *err_code_text(enum err_code code);

#ifdef __clang_analyzer__
/* The analyser sees one file at a time: tell it what these return, else it walks paths that do not exist. */
static inline bool
err_always_false(bool failed)
{
	(void)failed;
	return false;
}
#define err_set(...) err_always_false(err_set(__VA_ARGS__))
#define err_hint(...) err_always_false(err_hint(__VA_ARGS__))
#define err_prefix(...) err_always_false(err_prefix(__VA_ARGS__))
#endif

#endif
