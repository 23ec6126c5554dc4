"""The modes of the program, one folder each: what is drawn, and which key asks which action."""
