"""`rapide verify`: run an application on FastAPI and on Rapide, and compare the answers.

`run` controls the order of events. `sides` starts the application in separate processes, which
execute `side`. `recorded` and `generated` make the requests, `exchange` sends them, `compare` and
`structure` find the differences, and `report` shows them.
"""
