"""Mails on their way: written once, sent by SMTP until the mail server has taken them."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Final

from flask import current_app
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer

from app.models import Company, Notice, db, now
from app.notify import services
from app.notify.letter import Letter
from app.notify.services import is_service
from app.notify.topics import TOPICS
from app.notify.unsubscribe import Told, link
from app.settings import Settings

TIMEOUT: Final = 30
TAKEN: Final = timedelta(minutes=5)
"""A mail that was begun and never ended may be tried again after so long."""
GIVEN_UP: Final = timedelta(days=3)
"""A mail that could not be sent for so long says nothing new."""
AT_ONCE: Final = 50
NOT_SET: Final = "No mail server is set: set RULEBOOKS_SMTP_HOST and RULEBOOKS_MAIL_FROM."
LOST: Final = 3
"""After so many mails in a row at which the connection broke, the mail server is at fault."""
NEVER: Final = 500
"""From here on, SMTP's answers are for good (RFC 5321, 4.2.1)."""


class MailError(Exception):
    """Mails cannot be sent at present; the sentence says why and what to do."""


def is_set_up() -> bool:
    """Whether there is a mail server to send by."""
    settings: Settings = current_app.config["SETTINGS"]
    return bool(settings.smtp_host and settings.mail_from)


def write(company: Company, email: str, topic: str, key: str, letter: Letter) -> bool:
    """Put a mail on its way within the caller's transaction; False if it is there already."""
    if not is_service(email):
        letter = replace(letter, unsubscribe=link(Told(company.id, email, topic)))
    values = {
        "company_id": company.id, "email": email, "topic": topic, "key": key,
        "subject": letter.subject, "text": letter.text(), "html": letter.html(),
        "message_id": make_msgid(domain="rulebooks.invalid"),
    }  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Notice).values(**values))
    except IntegrityError:
        return False
    return True


def send(company_id: int) -> Iterator[Notice]:
    """Send what is ready; each mail's try is committed before, and its success right after.

    Raises:
        MailError: The mail server cannot be used at present; what is left stays ready.
    """
    _give_up(company_id)
    ids = db.session.scalars(
        select(Notice.id)
        .where(
            Notice.company_id == company_id,
            Notice.state.in_(("ready", "sending")),
            Notice.not_before <= now(),
        )
        .order_by(Notice.id)
        .limit(AT_ONCE)
    ).all()
    db.session.commit()
    left, lost = [], 0
    for notice_id in ids:
        email = db.session.scalar(select(Notice.email).where(Notice.id == notice_id))
        if not is_service(email or ""):
            left.append(notice_id)
        elif (notice := _begin(notice_id)) is not None:
            _hand_over(notice)
            db.session.commit()
            yield notice
    if not is_set_up():
        return
    while left:
        with connected() as server:
            while left:
                notice = _begin(left.pop(0))
                if notice is None:
                    continue
                problem = _deliver(server, notice)
                db.session.commit()
                yield notice
                lost = lost + 1 if problem else 0
                if lost >= LOST:
                    raise MailError(problem)
                if problem:
                    break


def _hand_over(notice: Notice) -> None:
    """Send one notice by another service; what it does not take is tried again later."""
    try:
        services.send(notice.company_id, notice.email, notice.subject, notice.text)
    except services.ServiceError as error:
        notice.state, notice.error = "ready", str(error)
        notice.not_before = now() + _pause(notice)
    else:
        notice.state, notice.sent_at, notice.error = "sent", now(), ""


def _begin(notice_id: int) -> Notice | None:
    begun = db.session.execute(
        update(Notice)
        .where(
            Notice.id == notice_id,
            Notice.state.in_(("ready", "sending")),
            Notice.not_before <= now(),
        )
        .values(state="sending", attempts=Notice.attempts + 1, not_before=now() + TAKEN)
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    db.session.commit()
    if begun is None:
        return None
    everything = (undefer(Notice.text), undefer(Notice.html))
    return db.session.get_one(Notice, notice_id, options=everything, populate_existing=True)


def _deliver(server: smtplib.SMTP, notice: Notice) -> str:
    """Send one mail; what is wrong with the connection, which is of no more use then."""
    try:
        server.send_message(_message(notice))
    except (smtplib.SMTPNotSupportedError, ValueError) as error:
        # The address needs what the mail server, or e-mail, has not: the other mails go on.
        _refused(notice, NEVER, str(error))
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        _refused(notice, code, said)
    except smtplib.SMTPDataError as error:
        _refused(notice, error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        # Later, so that a mail at which the server hangs up never holds up those behind it.
        notice.state, notice.not_before = "ready", now() + _pause(notice)
        notice.error = _words(error)
        return notice.error
    else:
        notice.state, notice.sent_at, notice.error = "sent", now(), ""
    return ""


def _refused(notice: Notice, code: int, said: bytes | str) -> None:
    """The server will not have this one mail: at present (4xx), or ever (5xx)."""
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    for_good = code >= NEVER
    notice.state = "failed" if for_good else "ready"
    notice.error = f"The mail server refused it ({code}): {' '.join(words.split())[:300]}"
    notice.not_before = now() + _pause(notice)


def _pause(notice: Notice) -> timedelta:
    """For how long to leave a mail alone that was not taken: longer each time."""
    doubled: int = 2 ** min(notice.attempts, 8)
    return min(timedelta(minutes=5) * doubled, timedelta(hours=6))


def _give_up(company_id: int) -> None:
    db.session.execute(
        update(Notice)
        .where(
            Notice.company_id == company_id,
            Notice.state.in_(("ready", "sending")),
            Notice.created_at < now() - GIVEN_UP,
        )
        .values(state="failed", error="It could not be sent for three days.")
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def deliver_now(company: Company, email: str, letter: Letter) -> None:
    """Send one mail at once: the test button.

    Raises:
        MailError: Saying what is wrong.
    """
    if is_service(email):
        try:
            services.send(company.id, email, letter.subject, letter.text())
        except services.ServiceError as error:
            raise MailError(str(error)) from None
        return
    notice = Notice(
        company_id=company.id, email=email, subject=letter.subject, text=letter.text(),
        html=letter.html(), message_id=make_msgid(domain="rulebooks.invalid"),
    )  # fmt: skip
    with connected() as server:
        try:
            server.send_message(_message(notice))
        except (OSError, smtplib.SMTPException) as error:
            raise MailError(_words(error)) from None


@contextmanager
def connected() -> Iterator[smtplib.SMTP]:
    """The mail server, logged in to.

    Raises:
        MailError: There is none, or it cannot be reached, or it does not let us in.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if not is_set_up():
        raise MailError(NOT_SET)
    try:
        server = _open(settings)
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(_words(error)) from None
    try:
        yield server
    finally:
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def _open(settings: Settings) -> smtplib.SMTP:
    host, port, safe = settings.smtp_host, settings.smtp_port, ssl.create_default_context()
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=safe)
    else:
        server = smtplib.SMTP(host, port, timeout=TIMEOUT)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=safe)
        if settings.smtp_user and settings.smtp_password:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def _words(error: Exception) -> str:
    settings: Settings = current_app.config["SETTINGS"]
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"The mail server {where} does not accept RULEBOOKS_SMTP_USER and its password."
        case smtplib.SMTPSenderRefused():
            return f"The mail server {where} does not send for RULEBOOKS_MAIL_FROM."
        case smtplib.SMTPNotSupportedError():
            return f"The mail server {where} does not offer it: see RULEBOOKS_SMTP_SECURITY."
        case _:
            first = str(error).partition("\n")[0][:200]
            return f"The mail server {where} cannot be used ({type(error).__name__}: {first})."


def _message(notice: Notice) -> EmailMessage:
    settings: Settings = current_app.config["SETTINGS"]
    message = EmailMessage()
    message["Subject"] = " ".join(notice.subject.split())
    message["From"] = settings.mail_from
    message["To"] = parseaddr(notice.email)[1]
    message["Date"] = format_datetime(now())
    message["Message-ID"] = notice.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if notice.topic in TOPICS:
        end = link(Told(notice.company_id, notice.email, notice.topic))
        message["List-Unsubscribe"] = f"<{end}>"
        if settings.is_https:
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(notice.text)
    message.add_alternative(notice.html, subtype="html")
    return message
