"""Functions and classes that users import from the modules."""

from datetime import datetime

from ..harness import same_value


@same_value
def test_public_helper_functions_give_the_same(fw):
    from decimal import Decimal

    utils = fw.module("utils")
    params = fw.module("params")
    ds = fw.module("datastructures")
    out = []
    out.append(
        [
            utils.is_body_allowed_for_status_code(c)
            for c in (None, 100, 200, 204, 205, 304, "2XX", "default", "204")
        ]
    )
    out.append(sorted(utils.get_path_param_names("/a/{b}/{c:path}")))
    out.append(utils.generate_unique_id(fw.routing.APIRoute("/a/{b}", lambda b: b, name="n")))
    out.append(utils.get_value_or_default(ds.Default(1), ds.Default(2)).value)
    main = {"a": {"b": 1, "l": [1]}, "t": (1,)}
    utils.deep_dict_update(main, {"a": {"c": 2, "l": [2]}, "d": 3})
    out.append(main)
    out.append(fw.encoders.decimal_encoder(Decimal("1.0")))
    out.append(fw.encoders.isoformat(datetime(2024, 1, 1)))
    out.append(repr(fw.Query(5, alias="x")))
    out.append(repr(fw.Depends(len)))
    out.append(repr(fw.Security(len, scopes=["a"])))
    out.append(
        [
            repr(fw.HTTPException(404, "x")),
            str(fw.HTTPException(404)),
            repr(fw.WebSocketException(1008, "r")),
        ]
    )
    out.append(
        [
            fw.Depends(len) == fw.Depends(len),
            hash(fw.Depends(len)) == hash(fw.Depends(len)),
            fw.Depends(len) == fw.Depends(max),
        ]
    )
    out.append([p.value for p in params.ParamTypes])
    out.append(fw.security.SecurityScopes(["a", "b"]).scope_str)
    out.append(fw.module("security.utils").get_authorization_scheme_param("Bearer  abc "))
    out.append(
        fw.sse.format_sse_event(data_str="a\nb", event="e", id="1", retry=3, comment="c").decode()
    )
    e = fw.exceptions.RequestValidationError(
        [{"type": "t", "loc": ("a",), "msg": "m", "input": 1}], body={"x": 1}
    )
    out.append([e.errors(), e.body, str(e)])
    out.append(
        [
            issubclass(fw.exceptions.FastAPIError, RuntimeError),
            issubclass(fw.exceptions.RequestValidationError, fw.exceptions.ValidationException),
        ]
    )
    out.append([str(ds.UploadFile.__mro__[1].__name__)])
    return out
