"""The comparison of another version of FastAPI with the one that Rapide follows."""

from tests.parity.following import report, surface_of


def test_what_rapide_does_not_have_is_to_do() -> None:
    old = {"FastAPI": "class", "FastAPI(title)": "'FastAPI'", "Gone": "class"}
    new = {"FastAPI": "class", "FastAPI(title)": "'API'", "FastAPI(new)": "None", "Known": "class"}
    lines, is_complete = report(old, new, old | {"Known": "class"})
    assert lines == [
        "2 new, 1 gone, 1 changed",
        "+ FastAPI(new)",
        "+ Known (Rapide has it)",
        "- Gone (Rapide has it)",
        "~ FastAPI(title): 'FastAPI' is now 'API'",
        "To do in Rapide: 1 names, 1 defaults or kinds",
    ]
    assert not is_complete


def test_nothing_is_to_do_where_nothing_has_changed() -> None:
    surface = surface_of("fastapi")
    assert surface["FastAPI"] == "class"
    assert "routing.APIRouter.get(path)" in surface
    assert report(surface, surface, surface_of("rapide")) == (["0 new, 0 gone, 0 changed"], True)
