# The files of src/cmd, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/cmd/cmd.h
