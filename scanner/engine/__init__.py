"""One image to evidence, with the index folder and the weights alone: no database, no seller, no verdict."""
