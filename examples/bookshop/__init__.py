"""A bookshop over HTTP: public-domain books, their authors, stock and orders."""
