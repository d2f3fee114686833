# The files of src/cmd, headers and tables too, one a line, sorted.
libweir_a_SOURCES += src/cmd/check.c
libweir_a_SOURCES += src/cmd/cmd.c
libweir_a_SOURCES += src/cmd/cmd.h
libweir_a_SOURCES += src/cmd/commands.c
libweir_a_SOURCES += src/cmd/commands.h
libweir_a_SOURCES += src/cmd/config_show.c
libweir_a_SOURCES += src/cmd/events.c
libweir_a_SOURCES += src/cmd/explain.c
libweir_a_SOURCES += src/cmd/gate.c
libweir_a_SOURCES += src/cmd/options.c
libweir_a_SOURCES += src/cmd/options.h
libweir_a_SOURCES += src/cmd/output.c
libweir_a_SOURCES += src/cmd/output.h
libweir_a_SOURCES += src/cmd/state.c
libweir_a_SOURCES += src/cmd/validate.c
libweir_a_SOURCES += src/cmd/workspace.c
libweir_a_SOURCES += src/cmd/workspace.h
