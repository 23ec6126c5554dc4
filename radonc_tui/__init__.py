"""What a person sees and types: the command line, and the actions that it and the screens call.

No SQL, no metric and no file format lives here; those belong to the layers below.
"""
