"""Pure text in, text and edits out: one module per kind of file, each the only importer of its library."""
