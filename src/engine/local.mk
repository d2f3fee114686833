# The files of src/engine, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/engine/engine.h
