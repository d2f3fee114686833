/*
 * DuckDB as a process of its own without Python: the library is loaded, statements run one after the other, and the process ends at once,
 * so that neither an interpreter nor the teardown of a big table is charged to it.
 *
 *	duckdb LIBDUCKDB THREADS STATEMENT...
 *
 * Prints one line of JSON: the seconds, those of loading the library among them, its version, and as counts all values of the first rows of
 * the statements that begin with SELECT.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* Of duckdb.h, which the package does not bring: a handle is a pointer, a result six words. */
struct result {
	uint64_t columns, rows, changed;
	void *column, *error, *internal;
};

static void *library;

static void *
function(const char *name)
{
	void *f = dlsym(library, name);

	if (f == NULL) {
		fprintf(stderr, "the library has no %s\n", name);
		_Exit(2);
	}
	return f;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	double start = seconds();
	void *db, *connection;
	char threads[60];
	const char *comma = "";

	if (argc < 4 || (library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL)) == NULL) {
		fprintf(stderr, "%s\n",
		        argc < 4 ? "usage: duckdb LIBDUCKDB THREADS STATEMENT..." : dlerror());
		return 2;
	}

	int (*open)(const char *, void **) = function("duckdb_open");
	int (*connect)(void *, void **) = function("duckdb_connect");
	int (*query)(void *, const char *, struct result *) = function("duckdb_query");
	const char *(*error)(struct result *) = function("duckdb_result_error");
	uint64_t (*columns)(struct result *) = function("duckdb_column_count");
	double (*value)(struct result *, uint64_t, uint64_t) = function("duckdb_value_double");
	const char *(*version)(void) = function("duckdb_library_version");

	if (open(NULL, &db) != 0 || connect(db, &connection) != 0) {
		fprintf(stderr, "cannot open a database in memory\n");
		return 2;
	}
	snprintf(threads, sizeof(threads), "SET threads = %d", atoi(argv[2]));
	argv[2] = threads;
	printf("{\"counts\": [");
	for (int i = 2; i < argc; i++) {
		struct result r;

		memset(&r, 0, sizeof(r));
		if (query(connection, argv[i], &r) != 0) {
			const char *why = error(&r);

			fprintf(stderr, "%.*s\n", why != NULL ? (int)strcspn(why, "\n") : 0,
			        why != NULL ? why : "");
			_Exit(1);
		}
		if (strncasecmp(argv[i], "select", 6) != 0)
			continue;
		for (uint64_t c = 0; c < columns(&r); c++, comma = ", ")
			printf("%s%.17g", comma, value(&r, c, 0));
	}
	printf("], \"seconds\": %.6f, \"version\": \"%s\"}\n", seconds() - start, version());
	fflush(stdout);
	_Exit(0);
}
