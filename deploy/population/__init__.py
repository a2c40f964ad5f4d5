"""A synthetic Kalimantan Tengah: people who do not exist, in files as villages send them."""
