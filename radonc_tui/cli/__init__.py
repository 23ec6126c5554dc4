"""The command line: options in, one action, a result printed for a person or as JSON.

Data goes to stdout, talk to stderr. One file a command group; nothing is done here that is not
an action.
"""
