"""Endpoints that raise subclasses of HTTPException, whose status is said in different ways."""

# mypy: ignore-errors

from http import HTTPStatus

from starlette.exceptions import HTTPException as StarletteHTTPException

from rapide import HTTPException, status

from .sample import Sample

sample = Sample()
case = sample.case


class Sub(HTTPException):
    def __init__(self):
        super().__init__(status_code=409, detail="x")


class SubPos(HTTPException):
    def __init__(self, what="a"):
        super().__init__(status.HTTP_410_GONE, what)


class SubExplicit(HTTPException):
    def __init__(self):
        HTTPException.__init__(self, 423)


class SubAttr(HTTPException):
    status_code = 424

    def __init__(self):
        super().__init__(self.status_code)


class SubAttr2(HTTPException):
    code = 425

    def __init__(self, detail=None):
        super().__init__(self.code, detail)


class SubAttr3(SubAttr2):
    code = 428


class SubAssign(HTTPException):
    def __init__(self):
        self.status_code = 431
        self.detail = "x"
        self.headers = None


class SubAfter(HTTPException):
    def __init__(self):
        super().__init__(400)
        self.status_code = 431


class SubKw(HTTPException):
    def __init__(self, **kw):
        super().__init__(status_code=409, **kw)


class SubArgs(HTTPException):
    def __init__(self, *args):
        super().__init__(409, *args)


class SubClsAttr(HTTPException):
    CODE = 417

    def __init__(self):
        super().__init__(SubClsAttr.CODE)


class SubTypeSelf(HTTPException):
    CODE = 417

    def __init__(self):
        super().__init__(type(self).CODE)


class SubPart(StarletteHTTPException):
    def __init__(self, detail):
        super().__init__(HTTPStatus.CONFLICT, detail)


@case(409)
def sub():
    raise Sub()


@case(409)
def sub_class():
    raise Sub


@case(410)
def sub_pos():
    raise SubPos("a")


@case(423)
def sub_explicit():
    raise SubExplicit()


@case(424)
def sub_attr():
    raise SubAttr()


@case(425)
def sub_attr2():
    raise SubAttr2("x")


@case(428)
def sub_attr3():
    raise SubAttr3("x")


@case(431)
def sub_assign():
    raise SubAssign()


@case(431)
def sub_after():
    raise SubAfter()


@case(409)
def sub_kw():
    raise SubKw(detail="x")


@case(409)
def sub_args():
    raise SubArgs("x")


@case(417)
def sub_cls_attr():
    raise SubClsAttr()


@case(417)
def sub_type_self():
    raise SubTypeSelf()


@case(409)
def sub_part():
    raise SubPart("s")
