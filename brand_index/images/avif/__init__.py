"""AVIF without decoding a pixel: what a file holds and what decoding it costs."""
