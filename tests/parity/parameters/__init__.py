"""Path, query, header and cookie parameters, and the models that gather them."""
