# The files of src/engine, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/engine/engine.c
libweir_a_SOURCES += src/engine/engine.h
libweir_a_SOURCES += src/engine/sample.c
libweir_a_SOURCES += src/engine/sample.h
libweir_a_SOURCES += src/engine/scan_engine.c
