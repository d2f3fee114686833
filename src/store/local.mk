# The files of src/store, headers and tables too, one a line, sorted.
