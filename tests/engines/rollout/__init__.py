"""New replicas take the place of old ones behind nginx, while clients ask, read and talk."""
