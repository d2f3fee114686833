/*
 * Feeds files to a fuzz target, for compilers without libFuzzer; prints TAP.
 *
 *	replay_NAME          all files of $WEIR_SRC/tests/fuzz/corpus/NAME
 *	replay_NAME FILE...  these
 *
 * The target crashes, or a sanitizer stops it, where something is wrong: the last line names the file.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

/* Each input gets a block of its own size, so that a sanitizer sees a read past its end. */
static void
replay(const char *path)
{
	FILE *f = fopen(path, "re");
	long size;

	if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	rewind(f);
	uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
	if (data == NULL || fread(data, 1, (size_t)size, f) != (size_t)size) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
}

static int
visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Replays a folder in the order of names; returns how many files it had. */
static int
replay_folder(const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, visible, alphasort);

	if (n < 0) {
		perror(dir);
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i < n; i++) {
		char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, list[i]->d_name) < 0) {
			perror(dir);
			exit(EXIT_FAILURE);
		}
		printf("# %s\n", path);
		fflush(stdout);
		replay(path);
		free(path);
		free(list[i]);
	}
	free(list);
	return n;
}

int
main(int argc, char **argv)
{
	static const char prefix[] = "replay_";
	const char *src = getenv("WEIR_SRC");
	const char *name = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
	char dir[4096];
	int n = 0;

	for (int i = 1; i < argc; i++, n++)
		replay(argv[i]);
	if (argc == 1) {
		if (strncmp(name, prefix, strlen(prefix)) == 0)
			name += strlen(prefix);
		snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%s", src != NULL ? src : ".", name);
		n = replay_folder(dir);
	}
	printf("1..1\n%sok 1 - %s survives the %d inputs of its corpus\n", n > 0 ? "" : "not ", name, n);
	return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
