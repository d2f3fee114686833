/*
 * The logger: the only global mutable state.  One line a call on stderr, thread-safe; nothing that is logged can make another line, steer a
 * terminal or change the level.
 */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

#include "base/base.h"

enum log_level { LOG_QUIET, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
void log_set_level(enum log_level level);
bool log_on(enum log_level level);

enum log_format {
	LOG_FORMAT_PLAIN,  /* of commands: "weir: warning: …" */
	LOG_FORMAT_TEXT,   /* the same with the time (RFC 3339, UTC) before it */
	LOG_FORMAT_JSON,   /* an object a line: time, level, message, and what else is told */
	LOG_FORMAT_JOURNAL /* systemd's: "<4>…", as sd-daemon(3) says; it knows the time itself */
};
/* As --log-format takes them: without the first, NULL-terminated. */
extern const char *const log_format_names[];
enum { LOG_FORMAT_FIRST = LOG_FORMAT_TEXT };
void log_set_format(enum log_format format);
enum log_format log_format(void);
/* Is stderr the journal's, by JOURNAL_STREAM? */
bool log_is_journal(void);

/* What was asked for, such as where it listens: at any level but LOG_QUIET. */
void log_line(const char *fmt, ...) PRINTF(1, 2);
void log_error(const char *fmt, ...) PRINTF(1, 2);
void log_warn(const char *fmt, ...) PRINTF(1, 2);
void log_info(const char *fmt, ...) PRINTF(1, 2);
void log_debug(const char *fmt, ...) PRINTF(1, 2);

/* A line of `name=value` words, or members of the object.  A text is anybody's; a word (a number, say) is ours and stands as it is. */
struct log_field {
	const char *name;
	const char *text; /* with n bytes; NULL = a word */
	size_t n;
	const char *word;
};
void log_fields(const char *message, const struct log_field *field, size_t n);

#endif
