"""Human tunes: readers, the collection that ships with the package, and windows cut from it."""
