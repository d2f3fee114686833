/*
 * Expectations that are programs: asked once with JSON on their standard input, they answer with JSON on their standard output.
 *
 *	{"expectation": "valid_iban", "kwargs": {"column": "iban"}, "where": null, "mostly": 1,
 *	 "asset": "raw/accounts", "partition": "", "data": {"format": "csv", "files": ["/srv/accounts.csv"]}}
 *
 * A program that cannot be run, ends with a status other than 0, is killed, takes too long or answers with anything but one JSON object makes
 * the check an error: its silence is no pass.
 */
#include <stdlib.h>

#include "base/process.h"
#include "catalog/node.h"
#include "run/internal.h"

enum { OUTPUT_MAX = 1 << 20, LINE_MAX_BYTES = 120 };

/* The program starts in another folder than we did. */
static void
put_path(struct json_writer *w, const char *path)
{
	char *whole = realpath(path, NULL);

	json_str(w, whole != NULL ? whole : path);
	free(whole);
}

static void
put_data(struct arena *a, struct json_writer *w, const struct dataset *d)
{
	json_key(w, "data");
	json_object(w);
	json_put_sv(w, "format", d->format);
	if (d->database.n > 0) {
		json_key(w, "database");
		put_path(w, arena_str(a, d->database));
		json_put_sv(w, d->query.n > 0 ? "query" : "table", d->query.n > 0 ? d->query : d->table);
		json_put_sv(w, "where", d->where);
	} else {
		json_key(w, "files");
		json_array(w);
		for (size_t i = 0; i < d->parts.n; i++)
			put_path(w, d->parts.v[i].path);
		json_array_end(w);
	}
	json_object_end(w);
}

static struct sv
input_text(struct arena *a, const struct node *request, const struct dataset *d, struct sv partition)
{
	static const char *const passed[] = {"expectation", "kwargs", "where", "mostly"};
	AUTO(buf) text = buf_new(1 << 24);
	struct json_writer w;

	json_write_init(&w, text, 0);
	json_object(&w);
	for (size_t i = 0; i < LEN(passed); i++) {
		json_key(&w, passed[i]);
		node_to_json(node_get(request, passed[i]), &w);
	}
	json_put_sv(&w, "asset", d->key);
	json_put_sv(&w, "partition", partition);
	put_data(a, &w, d);
	json_object_end(&w);
	buf_putc(text, '\n');
	return arena_sv(a, buf_sv(text));
}

static char **
words(struct arena *a, const struct node *list)
{
	char **argv = ARENA_ARRAY(a, char *, list->n + 1);

	for (size_t i = 0; i < list->n; i++)
		argv[i] = arena_str(a, list->kid[i].text);
	return argv;
}

static bool
ended_well(struct arena *a, const char *program, const struct process_end *end, struct err *err)
{
	struct sv line = process_last_line(end->err.n > 0 ? end->err : end->out, LINE_MAX_BYTES);

	if (end->cut)
		return err_set(err, ERR_LIMIT, NOWHERE, "'%s' wrote more than %d bytes", program, OUTPUT_MAX);
	if (end->status == 0)
		return true;
	return err_set(err, ERR_EVAL, NOWHERE,
	               end->signal != 0 ? "'%s' was killed by signal %d%s%s"
	                                : "'%s' ended with status %d%s%s",
	               program, end->signal != 0 ? end->signal : end->status, line.n > 0 ? ": " : "",
	               arena_str(a, line));
}

static bool
ask(struct workspace *w, const struct metric *m, const struct dataset *d, struct sv partition, struct sv *ret,
    struct err *err)
{
	struct diags mistakes;
	struct process_end end;

	diags_init(&mistakes, w->a);

	const struct node *request = node_parse_json(w->a, "request", m->arg[0]->literal.s, &mistakes);

	if (request == NULL)
		return err_set(err, ERR_INTERNAL, NOWHERE, "the request of a program is no JSON");

	const struct node *exec = node_get(request, "exec");
	/* With a slash its name starts at the folder of the file that says it, as that is where it starts. */
	const struct process p = {.argv = words(w->a, exec),
	                          .dir = arena_str(w->a, node_get(request, "dir")->text),
	                          .input = input_text(w->a, request, d, partition),
	                          .timeout_us = node_get(request, "timeout_us")->i,
	                          .output_max = OUTPUT_MAX};

	if (!process_run(w->a, &p, &end, err))
		return err_prefix(err, "'" SV_FMT "'", SV_ARG(exec->kid[0].text));
	if (!ended_well(w->a, p.argv[0], &end, err))
		return false;
	*ret = end.out;
	return true;
}

void
run_program(struct workspace *w, const struct metric *m, const struct dataset *d, struct sv partition,
            struct metric_value *ret)
{
	struct sv answer = {0};
	struct err err = {0};

	*ret = (struct metric_value){0};
	if (ask(w, m, d, partition, &answer, &err)) {
		ret->v = value_text(answer);
		return;
	}
	ret->failed = true;
	ret->err = err;
}
