# The files of src/engine, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/engine/engine.c
libweir_a_SOURCES += src/engine/engine.h
libweir_a_SOURCES += src/engine/memory.c
libweir_a_SOURCES += src/engine/sample.c
libweir_a_SOURCES += src/engine/sample.h
libweir_a_SOURCES += src/engine/scan_engine.c
libweir_a_SOURCES += src/engine/sqlite.c
libweir_a_SOURCES += src/engine/sqlite.h
libweir_a_SOURCES += src/engine/sqlite_cell.c
libweir_a_SOURCES += src/engine/sqlite_db.c
libweir_a_SOURCES += src/engine/sqlite_func.c
libweir_a_SOURCES += src/engine/sqlite_push.c
libweir_a_SOURCES += src/engine/sqlite_query.c
libweir_a_SOURCES += src/engine/sqlite_sample.c
libweir_a_SOURCES += src/engine/sqlite_stream.c
