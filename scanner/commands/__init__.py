"""Every command line of the product: parse, call one function, print, exit code; no rule of their own."""
