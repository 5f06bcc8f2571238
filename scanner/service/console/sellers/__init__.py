"""The pages of sellers: their standing, notices, appeals and statements of reasons."""
