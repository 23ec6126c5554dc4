"""What a person can do, one file an action, called by the command line and the screens alike.

An action is a generator: it yields ``Progress`` and returns its result. Closing it is safe at
every yield. Actions compose the layers below; no SQL, no metric and no file format is in them.
"""
