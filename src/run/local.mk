# The files of src/run, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/run/run.h
