# The files of src/source, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/source/dataset.h
libweir_a_SOURCES += src/source/source.h
