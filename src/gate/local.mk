# The files of src/gate, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/gate/collect.c
libweir_a_SOURCES += src/gate/decide.c
libweir_a_SOURCES += src/gate/external.c
libweir_a_SOURCES += src/gate/facts.h
libweir_a_SOURCES += src/gate/gate.c
libweir_a_SOURCES += src/gate/gate.h
libweir_a_SOURCES += src/gate/gate_json.c
libweir_a_SOURCES += src/gate/gate_text.c
libweir_a_SOURCES += src/gate/guard.c
libweir_a_SOURCES += src/gate/guard.h
libweir_a_SOURCES += src/gate/override.c
libweir_a_SOURCES += src/gate/publish.c
libweir_a_SOURCES += src/gate/publish.h
libweir_a_SOURCES += src/gate/publish_file.c
libweir_a_SOURCES += src/gate/publish_sqlite.c
libweir_a_SOURCES += src/gate/verdicts.c
