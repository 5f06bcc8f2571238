"""Parts of a frame that need a look of their own: panels of collages, bands of long images."""
