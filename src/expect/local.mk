# The files of src/expect, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/expect/expect.h
