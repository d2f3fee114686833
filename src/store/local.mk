# The files of src/store, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/store/store.h
