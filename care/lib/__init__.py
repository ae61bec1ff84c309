"""Small tools that know Python and Django but none of our apps."""
