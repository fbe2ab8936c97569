"""cadwyn: an application with three versions of its API."""

from datetime import date
from typing import Annotated, Any

from cadwyn import (
    Cadwyn,
    HeadVersion,
    RequestInfo,
    ResponseInfo,
    Version,
    VersionBundle,
    VersionChange,
    VersionedAPIRouter,
    convert_request_to_next_version_for,
    convert_response_to_previous_version_for,
    endpoint,
    schema,
)
from fastapi import Depends, Form, Header, HTTPException, UploadFile
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field

DISTRIBUTION = "cadwyn"
router = VersionedAPIRouter(prefix="/users", tags=["users"])


class UserCreate(BaseModel):
    addresses: list[str] = Field(min_length=1)
    name: str = "nobody"


class UserOut(BaseModel):
    id: int
    addresses: list[str]
    name: str


def find(user_id: int) -> UserOut:
    if user_id > 9:
        raise HTTPException(404, {"user": user_id})
    return UserOut(id=user_id, addresses=["a"], name="ada")


@router.post("", status_code=201)
async def create_user(user: UserCreate) -> UserOut:
    return UserOut(id=1, **user.model_dump())


@router.get("/{user_id}")
async def read_user(user: Annotated[UserOut, Depends(find)], trace: Annotated[str, Header()] = ""):
    return user


@router.get("/{user_id}/typed", response_model=UserOut)
def read_typed(user: Annotated[UserOut, Depends(find)]):
    return user


@router.post("/{user_id}/picture")
async def set_picture(user_id: int, title: Annotated[str, Form()], file: UploadFile):
    return {"title": title, "size": len(await file.read())}


@router.get("/{user_id}/added")
async def read_added(user_id: int) -> int:
    return user_id


class OneAddress(VersionChange):
    """A user had one address."""

    description = "Users have several addresses"
    instructions_to_migrate_to_previous_version = (
        schema(UserCreate).field("addresses").didnt_exist,
        schema(UserCreate).field("address").existed_as(type=str, info=Field()),
        schema(UserOut).field("addresses").didnt_exist,
        schema(UserOut).field("address").existed_as(type=str, info=Field()),
    )

    @convert_request_to_next_version_for(UserCreate)
    def to_list(request: RequestInfo):
        request.body["addresses"] = [request.body.pop("address")]

    @convert_response_to_previous_version_for(UserOut)
    def to_one(response: ResponseInfo):
        response.body["address"] = response.body.pop("addresses")[0]


class NoAdded(VersionChange):
    """There was no such route."""

    description = "A route was added"
    instructions_to_migrate_to_previous_version = (
        endpoint("/users/{user_id}/added", ["GET"]).didnt_exist,
    )


app = Cadwyn(
    versions=VersionBundle(
        HeadVersion(),
        Version(date(2024, 3, 1), NoAdded),
        Version(date(2024, 2, 1), OneAddress),
        Version(date(2024, 1, 1)),
    ),
)
app.generate_and_include_versioned_routers(router)


def documents() -> dict[str, Any]:
    """The document of each version: it says which header asks for it."""
    client = TestClient(app)
    return {
        f"#{version}": client.get(f"/openapi.json?version={version}").json()
        for version in ("2024-01-01", "2024-02-01", "2024-03-01")
    }
