"""How much of a file is read at a time, and how large one may be."""

#: Far above a year of the busiest shop's slips, far below what would stop a small machine.
LARGEST = 512 * 1024 * 1024

#: What is no larger is read at once, and once; what is, piece by piece.
AT_ONCE = 8 * 1024 * 1024

#: Bytes in a piece, and rows in a chunk where rows are counted: a few thousand rows, small beside what Python needs.
PIECE = 256 * 1024
CHUNK = 2048

#: The bytes among which a header must be found: far more than any preamble takes.
BEGINNING = 256 * 1024

#: More members than any provider puts into one archive.
MEMBERS = 1000
