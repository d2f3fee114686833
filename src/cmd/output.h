/* Results to stdout, everything else to stderr; a result that could not be written is an error. */
#ifndef WEIR_CMD_OUTPUT_H
#define WEIR_CMD_OUTPUT_H

#include "cmd/options.h"
#include "report/report.h"

/* `weir: error: …` and the hint, on stderr. */
void output_error(const struct err *err);
/* The same, giving the exit status of the error. */
int output_failure(const struct err *err);
/* Flushes stdout; 3 with a message if that fails, else the status given. */
int output_finish(int status);
/* Writes the text to stdout and finishes. */
int output_text(struct sv text, int status);

/* Writes a list, or, where it is empty, a line that says what there is nothing of. */
int output_list(struct buf *text, const char *nothing);
/* Columns of the terminal that stdout is, or $COLUMNS; otherwise the number given. */
int output_width(int otherwise);

/* Colours and unicode of stdout, by its kind, the environment and --colour. */
struct report_style output_style(const struct options *o);
bool output_stderr_colour(const struct options *o);
/* --skip-exit. */
int output_status(const struct options *o, int status);

/* Progress of long reads, on a terminal's stderr only: after 300 ms, erased at the end. */
struct progress {
	int64_t start_ns, shown_ns;
	const char *noun; /* of what is counted */
	bool on, drawn;
};
void progress_start(struct progress *p, const struct options *o);
void progress_step(void *ctx, int64_t done_bytes,
                   int64_t total_bytes); /* thread-safe: only one caller draws */
/* The same of things that are counted, once progress_again has said what they are called; also between one table and the next. */
void progress_again(struct progress *p, const char *noun);
void progress_count(void *ctx, int64_t done, int64_t total);
void progress_end(struct progress *p);

#endif
