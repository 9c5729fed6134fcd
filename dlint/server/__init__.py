"""`dlint server`: the language server that editors start, over standard input and output.

The client's messages are taken on one thread, `app`; Dockerfiles are modelled on another one,
`analyzer`, by the engine that `dlint check` has. What the answers hold is made by one module each:
`diagnostics`, `actions`, `hints`, `hovers`, `links`.
"""
