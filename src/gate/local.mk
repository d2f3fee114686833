# The files of src/gate, headers and tables too, one a line, sorted.
