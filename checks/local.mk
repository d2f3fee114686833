# The demo: its catalog, its data, and checks/demo/run, which `./autogen.sh demo` calls with the program's path.
EXTRA_DIST += checks
