# What `cmake --install` lays out beyond what each folder installs itself.
