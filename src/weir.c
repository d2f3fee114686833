/* The program: everything is in the library, so that tests and fuzz targets link the same code. */
#include "cmd/cmd.h"

int
main(int argc, char **argv)
{
	return cmd_main(argc, argv);
}
