# The files of src/catalog, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/catalog/catalog.h
libweir_a_SOURCES += src/catalog/node.h
libweir_a_SOURCES += src/catalog/partition.h
