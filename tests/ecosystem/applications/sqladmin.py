"""An administration of books beside an API: lists, forms, exports, actions, own pages, a log-in."""

from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from sqladmin import Admin, BaseView, ModelView, action, expose
from sqladmin.authentication import AuthenticationBackend
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.pool import StaticPool

SCRUBS = {r"_\d{4}-\d\d-\d\d_[\d-]+\.": "_TIME.", r"session=[\w.=-]+": "session=SIGNED"}


class Base(DeclarativeBase): ...


class Author(Base):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    books: Mapped[list["Book"]] = relationship(back_populates="author")

    def __str__(self) -> str:
        return self.name


class Book(Base):
    __tablename__ = "books"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    pages: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("authors.id"))
    author: Mapped[Author] = relationship(back_populates="books")

    def __str__(self) -> str:
        return self.title


class AuthorAdmin(ModelView, model=Author):
    column_list = ["id", "name", "books"]
    form_columns = ["name"]


class BookAdmin(ModelView, model=Book):
    column_list = ["id", "title", "author"]
    column_searchable_list = ["title"]
    column_sortable_list = ["title", "pages"]
    column_formatters = {"title": lambda book, _: book.title.upper()}
    can_export = True

    @action("shorten", label="Shorten", confirmation_message="Sure?", add_in_detail=True)
    async def shorten(self, request: Request) -> RedirectResponse:
        numbers = [int(key) for key in request.query_params.get("pks", "").split(",")]
        with Session(engine) as session:
            for book in session.scalars(select(Book).where(Book.id.in_(numbers))):
                book.pages //= 2
            session.commit()
        return RedirectResponse(request.url_for("admin:list", identity=self.identity))


class ReportView(BaseView):
    name = "Report"

    @expose("/report", methods=["GET"])
    async def report(self, request: Request):
        return await self.templates.TemplateResponse(
            request, "sqladmin/index.html", {"title": "report"}
        )


class Login(AuthenticationBackend):
    async def login(self, request: Request) -> bool:
        form = await request.form()
        request.session["name"] = str(form["username"])
        return form["password"] == "middlemarch"

    async def logout(self, request: Request) -> bool:
        request.session.clear()
        return True

    async def authenticate(self, request: Request) -> bool:
        return request.session.get("name") == "dorothea"


engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


@asynccontextmanager
async def lifespan(app: FastAPI):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        eliot = Author(name="George Eliot")
        session.add_all([eliot, Author(name="Jane Austen")])
        session.add_all(Book(title=f"Volume {n}", pages=n * 10, author=eliot) for n in range(1, 13))
        session.commit()
    yield


app = FastAPI(lifespan=lifespan)
admin = Admin(app, engine, title="The bookshop", authentication_backend=Login("a secret"))
for view in (AuthorAdmin, BookAdmin, ReportView):
    admin.add_view(view)


@app.get("/books/{number}")
def read_book(number: int) -> dict[str, str | int]:
    with Session(engine) as session:
        book = session.get_one(Book, number)
        return {"title": book.title, "pages": book.pages}


def talk(client) -> None:
    client.document()
    client.get("/admin/")
    client.get("/admin/login")
    client.post("/admin/login", data={"username": "dorothea", "password": "wrong"})
    client.http.cookies.clear()
    client.post("/admin/login", data={"username": "dorothea", "password": "middlemarch"})
    for path in ("", "author/list", "book/list?search=volume+1&sortBy=pages&sort=desc"):
        client.get(f"/admin/{path}")
    client.get("/admin/book/list?page=2&pageSize=5")
    client.get("/admin/book/details/3")
    client.get("/admin/book/details/99")
    client.get("/admin/book/edit/3")
    client.get("/admin/book/create")
    client.post("/admin/book/create", data={"title": "Emma", "pages": "many"})
    client.post("/admin/book/create", data={"title": "Emma", "pages": "474", "author": "2"})
    client.post("/admin/book/edit/13", data={"title": "Emma", "pages": "475", "author": "2"})
    client.get("/books/13")
    client.get("/admin/book/action/shorten?pks=13")
    client.get("/books/13")
    client.delete("/admin/book/delete?pks=13")
    client.get("/admin/book/export/csv")
    client.get("/admin/book/export/json")
    client.get("/admin/report")
    client.get("/admin/statics/css/main.css", headers={"range": "bytes=0-50"})
    client.get("/admin/nowhere")
    client.get("/books/x")
    client.get("/admin/logout")
    client.get("/admin/book/list")
