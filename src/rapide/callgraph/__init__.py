"""What the functions of an application do, read from their own source code without running it.

It follows calls inside the packages of the application, and never guesses into libraries.
"""
