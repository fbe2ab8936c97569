"""Sign up, log in."""

from typing import Annotated

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rapide import APIRouter, Depends, Request, Response, status
from rapide.security import OAuth2PasswordRequestForm

from ..dependencies import Session
from ..errors import Duplicate, NotAuthenticated, NotFound, RefusedLogin, problems
from ..models import User
from ..schemas import Account, LoginProblem, SignUp, Token
from ..security import (
    SCOPES_OF_ROLE,
    TOKEN_LIFE,
    Caller,
    check_password,
    get_caller,
    hash_password,
    make_token,
)

router = APIRouter(tags=["accounts"])


@router.post("/accounts", status_code=status.HTTP_201_CREATED, responses=problems(Duplicate))
async def sign_up(body: SignUp, session: Session) -> Account:
    """Become a customer."""
    user = User(email=body.email.casefold(), password_hash=await hash_password(body.password))
    session.add(user)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Duplicate(f"{user.email} has an account already.", account=user.email) from error
    return Account.model_validate(user)


@router.post(
    "/token", responses={400: {"model": LoginProblem, "description": RefusedLogin.__doc__}}
)
async def log_in(
    form: Annotated[OAuth2PasswordRequestForm, Depends()],
    session: Session,
    request: Request,
    response: Response,
) -> Token:
    """Exchange a password for a token with the scopes asked for, or with all that the role has."""
    user = await session.scalar(select(User).where(User.email == form.username.casefold()))
    known = user.password_hash if user else None
    if not await check_password(form.password, known) or user is None:
        raise RefusedLogin("invalid_grant", "The account or the password is wrong.")
    scopes = form.scopes or SCOPES_OF_ROLE[user.role]
    if excess := set(scopes).difference(SCOPES_OF_ROLE[user.role]):
        raise RefusedLogin("invalid_scope", f"Not for this account: {', '.join(sorted(excess))}.")
    response.headers["Cache-Control"] = "no-store"
    return Token(
        access_token=make_token(request.state.signing_key, user.email, scopes),
        expires_in=int(TOKEN_LIFE.total_seconds()),
        scope=" ".join(scopes),
    )


@router.get("/accounts/me", responses=problems(NotAuthenticated, NotFound))
async def read_account(caller: Annotated[Caller, Depends(get_caller)], session: Session) -> Account:
    """Show whose token this is."""
    user = await session.scalar(select(User).where(User.email == caller.email))
    if user is None:
        raise NotFound("This account is gone.", account=caller.email)
    return Account.model_validate(user)
