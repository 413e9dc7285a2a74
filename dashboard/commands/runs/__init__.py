"""What the commands on files do, apart from what they ask for: imported when one is called.

A command's own file beside this folder holds its name, help and options and imports nothing
that takes time; so ``--help`` and a wrong option are answered at once.
"""
