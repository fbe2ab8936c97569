"""Values that the parts of the OpenAPI document agree on."""

from rapide.schema.definitions import REF_PREFIX as REF_PREFIX
from rapide.schema.definitions import REF_TEMPLATE as REF_TEMPLATE

METHODS_WITH_BODY = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}
