"""Endpoints that return rows and relations of SQLAlchemy."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from ..harness import parity


@parity("/one /many /relation /missing")
def test_rows_of_sqlalchemy_are_encoded_and_validated(fw):
    """Keys that begin with `_sa` are left out."""
    from sqlalchemy import ForeignKey, create_engine, select
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
    from sqlalchemy.pool import StaticPool

    class Base(DeclarativeBase):
        pass

    class Author(Base):
        __tablename__ = "author"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        books: Mapped[list["Book"]] = relationship(lazy="selectin", order_by="Book.id")

    class Book(Base):
        __tablename__ = "book"
        id: Mapped[int] = mapped_column(primary_key=True)
        title: Mapped[str]
        author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))

    class BookOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        title: str

    class AuthorOut(BaseModel):
        model_config = ConfigDict(from_attributes=True)
        id: int
        books: list[BookOut]

    same_thread = {"check_same_thread": False}
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=same_thread)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Author(id=1, name="Mary Shelley", books=[Book(title="Frankenstein")]))
        session.commit()

    def get_session():
        with Session(engine) as session:
            fw.log.append("session open")
            yield session
        fw.log.append("session closed")

    app = fw.FastAPI()
    S = Annotated[Session, fw.Depends(get_session)]

    @app.get("/one", response_model=BookOut)
    async def one(s: S):
        return s.get(Book, 1)

    @app.get("/many", response_model=list[BookOut])
    def many(s: S):
        return s.scalars(select(Book)).all()

    @app.get("/relation")
    def relation(s: S) -> AuthorOut:
        return s.get(Author, 1)

    @app.get("/missing", response_model=BookOut)
    def missing(s: S):
        return s.get(Book, 99)

    return app
