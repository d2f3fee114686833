# The files of src/import, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/import/gx.c
libweir_a_SOURCES += src/import/import.h
libweir_a_SOURCES += src/import/importers.c
libweir_a_SOURCES += src/import/importers.h
libweir_a_SOURCES += src/import/internal.h
libweir_a_SOURCES += src/import/item.c
libweir_a_SOURCES += src/import/look.c
libweir_a_SOURCES += src/import/write.c
libweir_a_SOURCES += src/import/write.h
