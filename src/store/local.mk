# The files of src/store, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/store/db.h
libweir_a_SOURCES += src/store/decision.c
libweir_a_SOURCES += src/store/event.c
libweir_a_SOURCES += src/store/lock.c
libweir_a_SOURCES += src/store/lock.h
libweir_a_SOURCES += src/store/metric.c
libweir_a_SOURCES += src/store/migrate.c
libweir_a_SOURCES += src/store/migrate.h
libweir_a_SOURCES += src/store/place.c
libweir_a_SOURCES += src/store/place.h
libweir_a_SOURCES += src/store/query.c
libweir_a_SOURCES += src/store/run.c
libweir_a_SOURCES += src/store/store.c
libweir_a_SOURCES += src/store/store.h
libweir_a_SOURCES += src/store/ulid.c
libweir_a_SOURCES += src/store/verdict.c
libweir_a_SOURCES += src/store/version.c
