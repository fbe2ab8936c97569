"""What all security schemes have in common."""

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.exceptions import HTTPException
from starlette.status import HTTP_401_UNAUTHORIZED

from rapide._imported_names import add_imported_names
from rapide._once import cached_property

if TYPE_CHECKING:
    from rapide.openapi.models import SecurityBase as SecurityBaseModel


class SecurityBase:
    """A dependency with a description in the OpenAPI document.

    Attributes:
        model: The Security Scheme Object (OpenAPI 3.1 section 4.8.27), made when first read.
        scheme_name: Its name in the document.
    """

    scheme_name: str

    if TYPE_CHECKING:
        model: SecurityBaseModel
    else:

        @cached_property
        def model(self):
            # PERF: startup; serving requests needs no OpenAPI model.
            models = import_module("rapide.openapi.models")
            return getattr(models, self._model_name)(**self._description)


class DescribedScheme(SecurityBase):
    """A scheme that keeps the fields of its `model` until someone reads it.

    Attributes:
        auto_error: Whether a request without credentials is refused, instead of giving `None`.
    """

    _model_name: ClassVar[str]
    # COMPAT: FastAPI 0.165 raises Starlette's class in some schemes, its own in the others.
    _exception: ClassVar[type[HTTPException]] = HTTPException
    _challenge: ClassVar[str] = "Bearer"

    auto_error: bool

    def _describe(
        self, scheme_name: str | None, auto_error: bool, description: dict[str, Any]
    ) -> None:
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error
        self._description = description

    def _described(self, field: str) -> Any:
        """A field of `model`, without making it; a subclass may have set another model."""
        model = self.__dict__.get("model")
        return self._description[field] if model is None else getattr(model, field)

    def make_authenticate_headers(self) -> dict[str, str]:
        """The challenge of the 401 response (RFC 9110 section 11.6.1)."""
        return {"WWW-Authenticate": self._challenge}

    def make_not_authenticated_error(self) -> HTTPException:
        """The exception raised for a request without valid credentials; made to be overridden."""
        return self._exception(
            status_code=HTTP_401_UNAUTHORIZED,
            detail="Not authenticated",
            headers=self.make_authenticate_headers(),
        )

    def _refuse(self) -> None:
        if self.auto_error:
            raise self.make_not_authenticated_error()


add_imported_names(__name__)
