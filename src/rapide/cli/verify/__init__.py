"""`rapide verify`: one application on FastAPI and on Rapide, and where their answers differ.

`run` is the order of events. `sides` starts the application in processes of their own, which
execute `side`; `recorded` and `generated` make the requests, `exchange` sends them, `compare` and
`structure` find the differences, and `report` shows them.
"""
