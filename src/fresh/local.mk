# The files of src/fresh, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/fresh/fresh.h
