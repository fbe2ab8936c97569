"""The rules of `rapide check`: mistakes in an application that starting it does not show.

`rules.py` is the table of rules, `checks.py` lists the functions that look for mistakes, and
`subject.py` is the application as they see it. A check is a function that takes a `Subject` and
yields findings. To add a rule, write a line in the table, and its check in the list.
"""
