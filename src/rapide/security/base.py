"""The common bases of all security schemes.

Names that FastAPI's classes do not have begin with `_rapide_`: applications inherit from the
classes, and give their own methods names such as `_check`.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.exceptions import HTTPException
from starlette.status import HTTP_401_UNAUTHORIZED

from rapide import patches
from rapide._imported_names import add_imported_names
from rapide._once import cached_property
from rapide.exceptions import HTTPException as FastAPIHTTPException

if TYPE_CHECKING:
    from rapide.openapi.models import SecurityBase as SecurityBaseModel


#: The fields of a request's head, with names in lower case.
Fields = Iterable[tuple[bytes, bytes]]


def header_of(headers: Fields, name: bytes) -> str | None:
    """Return the first value of a header field, as `request.headers.get` does."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None


class SecurityBase:
    """A dependency with a description in the OpenAPI document.

    Attributes:
        model: The Security Scheme Object (OpenAPI 3.1 section 4.8.27). It is made when first read.
        scheme_name: The name of the scheme in the document.
    """

    scheme_name: str

    if TYPE_CHECKING:
        model: SecurityBaseModel
    else:

        @cached_property
        def model(self):
            # PERF: startup. Requests do not need the OpenAPI model.
            return self._rapide_make_model()


class DescribedScheme(SecurityBase):
    """A scheme that keeps the fields of its `model` until the model is read.

    Attributes:
        auto_error: Whether a request without credentials is refused. If not, the value is `None`.
    """

    _rapide_model_name: ClassVar[str]
    # COMPAT: FastAPI 0.165 raises Starlette's class in some schemes, and its own in the others.
    _rapide_raises_fastapis: ClassVar[bool] = False
    _rapide_challenge: ClassVar[str] = "Bearer"

    #: What `_rapide_check` needs of a request: `header`, `query` or `cookie`. Compiled code calls
    #: that instead of a scheme that sets this. Subclasses are called, because they may differ.
    _rapide_reads: ClassVar[str]

    auto_error: bool

    @classmethod
    def _rapide_part_to_check(cls) -> str | None:
        """Return the part that `_rapide_check` needs, or None if the scheme must be called.

        Compiled code asks once. If a method is replaced later, it is not used any more.
        """
        part: str | None = vars(cls).get("_rapide_reads")
        if part is not None:
            for base in cls.__mro__:
                patches.add(base, patches.ALL)
                if not patches.is_original(base):
                    return None
                if "__call__" in vars(base):
                    break
        return part

    def _rapide_describe(
        self, scheme_name: str | None, auto_error: bool, description: Mapping[str, object]
    ) -> None:
        self.scheme_name = scheme_name or self.__class__.__name__
        self.auto_error = auto_error
        self._rapide_description = description
        if type(self).model is not SecurityBase.model:
            # A subclass has an attribute of this name, which would be found instead.
            self.model = self._rapide_make_model()

    def _rapide_make_model(self) -> "SecurityBaseModel":
        models = import_module("rapide.openapi.models")
        return getattr(models, self._rapide_model_name)(**self._rapide_description)  # type: ignore[no-any-return]

    def _rapide_described(self, field: str) -> Any:
        """Return a field of `model` without making the model. Another model can have been set."""
        if "model" in self.__dict__:
            return getattr(self.model, field)
        return self._rapide_description[field]

    def _rapide_challenges(self) -> dict[str, str]:
        return {"WWW-Authenticate": self._rapide_challenge}

    def make_not_authenticated_error(self) -> HTTPException:
        """Return the exception for a request without valid credentials. Override it if needed."""
        make = FastAPIHTTPException if self._rapide_raises_fastapis else HTTPException
        return make(
            status_code=HTTP_401_UNAUTHORIZED,
            detail="Not authenticated",
            headers=self._rapide_challenges(),
        )

    def _rapide_refuse(self) -> None:
        if self.auto_error:
            raise self.make_not_authenticated_error()


add_imported_names(__name__)
