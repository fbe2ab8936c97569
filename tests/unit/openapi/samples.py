"""Applications whose documents are compared; each is declared with the framework it is given."""

from . import samples_of_applications, samples_of_operations, samples_of_requests
from .sample_models import SAMPLES

__all__ = ["SAMPLES", "samples_of_applications", "samples_of_operations", "samples_of_requests"]
