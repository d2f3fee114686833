# The files of src/cmd, headers and tables too, one a line, sorted.
