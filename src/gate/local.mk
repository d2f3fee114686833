# The files of src/gate, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/gate/collect.c
libweir_a_SOURCES += src/gate/decide.c
libweir_a_SOURCES += src/gate/facts.h
libweir_a_SOURCES += src/gate/gate.c
libweir_a_SOURCES += src/gate/gate.h
libweir_a_SOURCES += src/gate/gate_json.c
libweir_a_SOURCES += src/gate/gate_text.c
libweir_a_SOURCES += src/gate/override.c
libweir_a_SOURCES += src/gate/verdicts.c
