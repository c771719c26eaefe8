"""Files that take a while: lists going out, files coming in. Asked for here, made by a worker."""
