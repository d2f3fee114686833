# The files of src/source, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/source/ahead.c
libweir_a_SOURCES += src/source/ahead.h
libweir_a_SOURCES += src/source/dataset.h
libweir_a_SOURCES += src/source/file.c
libweir_a_SOURCES += src/source/file.h
libweir_a_SOURCES += src/source/folders.c
libweir_a_SOURCES += src/source/input.c
libweir_a_SOURCES += src/source/input.h
libweir_a_SOURCES += src/source/input_gz.c
libweir_a_SOURCES += src/source/input_zst.c
libweir_a_SOURCES += src/source/source.c
libweir_a_SOURCES += src/source/source.h
