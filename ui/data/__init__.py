"""The Data page: views of a data set, downloads, and custom data sets."""
