/*
 * Runs the unit tests and prints TAP: all suites, or those whose names match the patterns given.
 *
 *	unit              all
 *	unit arena 'c*'   the suite arena and those that start with c
 *	unit worker …     does the work of `weir worker`
 *
 * Each test runs in its own process, unless CK_FORK=no or ThreadSanitizer watches: that one wants to see
 * all threads of one process.
 */
#include <check.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "cmd/cmd.h"

#define SUITE(name) Suite *suite_##name(void);
#include "suites.def"
#undef SUITE

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
const char *__asan_default_options(void);

/*
 * The runner forks for each test, and each child looks through the runner's heap for leaks: with the usual quarantine of 256 MB
 * of freed memory that takes longer than the test.
 */
const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}
#endif

static const struct {
	const char *name;
	Suite *(*make)(void);
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "suites.def"
#undef SUITE
	{NULL, NULL},
};

static bool
wanted(const char *name, char *const *pattern)
{
	if (*pattern == NULL)
		return true;
	for (; *pattern != NULL; pattern++)
		if (fnmatch(*pattern, name, 0) == 0)
			return true;
	return false;
}

int
main(int argc, char **argv)
{
	SRunner *runner;
	size_t n = 0;

	/* Tests of the workshop start this program for the other side of it. */
	if (argc > 1 && strcmp(argv[1], "worker") == 0)
		return cmd_main(argc, argv);
	runner = srunner_create(NULL);

	for (size_t i = 0; suites[i].name != NULL; i++)
		if (wanted(suites[i].name, argv + 1)) {
			srunner_add_suite(runner, suites[i].make());
			n++;
		}
	if (n == 0) {
		puts("1..0 # SKIP no such suite");
		srunner_free(runner);
		return EXIT_SUCCESS;
	}
#ifdef __SANITIZE_THREAD__
	srunner_set_fork_status(runner, CK_NOFORK);
#elif __has_feature(thread_sanitizer)
	srunner_set_fork_status(runner, CK_NOFORK);
#endif
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
