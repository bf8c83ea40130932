//! Changes to a text that keep everything else: each function answers which bytes to replace by what.
