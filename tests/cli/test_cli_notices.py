"""notify and calendar: what the customer reads, what the ledger keeps of it, and what a calendar shows."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from beancount import loader

from beancount_posguard.reports.notices import TEXTS

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

SHOP = """
2026-01-01 custom "posguard" "shop-name" "青石茶舍"
2026-01-01 custom "posguard" "shop-phone" "021-5550100"
2026-01-01 custom "posguard" "shop-contact" "前台"
2026-01-01 custom "posguard" "shop-email" "shop@example.com"
"""


#: A sale of 65.00 that was keyed as a refund.
Y1 = """
2026-11-03 * "Till"
  posguard-source: "sale"
  Assets:POS:Till  65.00 CNY
    rrn: "100000000011"
  Income:Sales  -65.00 CNY

2026-11-03 * "ChinaUMS" "Terminal 98765432 batch 000001"
  posguard-source: "terminal"
  terminal: "98765432"
  batch: "000001"
  Assets:POS:ChinaUMS:Clearing  -65.00 CNY
    kind: "refund"
    rrn: "100000000011"
    trace: "000011"
  Assets:POS:Till  65.00 CNY
"""

#: A sale of 488.00 that was keyed as a hold.
Y3 = """
2026-01-01 open Assets:POS:ChinaUMS:Guarantees  HOLD.CNY
2026-01-01 open Equity:Guarantees               HOLD.CNY

2026-11-03 * "Till"
  posguard-source: "sale"
  Assets:POS:Till  488.00 CNY
    rrn: "100000000012"
  Income:Sales  -488.00 CNY

2026-11-03 * "ChinaUMS" "Terminal 98765432 batch 000001"
  posguard-source: "terminal"
  terminal: "98765432"
  batch: "000001"
  Assets:POS:ChinaUMS:Guarantees  488.00 HOLD.CNY
    kind: "preauth"
    rrn: "100000000012"
    trace: "000012"
  Equity:Guarantees  -488.00 HOLD.CNY
"""


class Inbox:
    """What a mail server was given; it can be told to refuse."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.refuses = False

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802  # aiosmtpd's
        if self.refuses:
            return "554 no"
        self.letters.append(envelope.content)
        return "250 taken"


@pytest.fixture
def named(shop: Shop) -> Shop:
    with shop.ledger.open("a") as file:
        file.write(SHOP)
    return shop


@pytest.fixture
def inbox(named: Shop) -> Iterator[Inbox]:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with named.ledger.open("a") as file:
            file.write(f'2026-01-01 custom "posguard" "smtp" "127.0.0.1:{port}"\n')
        yield inbox
    finally:
        controller.stop()


def notify(shop: Shop, *words: str, code: int = 0) -> str:
    told = shop.run("notify", *words, "--date", shop.day, code=code)
    return told.stderr if code else told.stdout


def test_an_overcharge_by_sms(named: Shop) -> None:
    a1 = named.id_of("A1")
    told = notify(named, a1, "--channel", "sms", "--until", "2026-11-20")
    text = (
        f"【青石茶舍】您11月3日尾号2222卡消费多收180.00元，已提交退款（编号{a1}），预计2026-11-20前退回原卡，无需操作。"
        "咨询021-5550100，我们不会索要密码或验证码。"
    )
    assert told.splitlines() == [
        text,
        f"{a1}: told, written to pos-claims.beancount",
    ]
    assert named.claims.read_text().endswith(
        f'2026-11-09 custom "posguard-claim" "{a1}" "notify"\n'
        '  by: "li"\n  channel: "sms"\n  template: "overcharge-sms-zh/1"\n  outcome: "sent"\n'
    )


def test_a_top_up_in_english(named: Shop) -> None:
    a2 = named.id_of("A2")
    told = notify(named, a2, "--channel", "sms", "--lang", "en", "--until", "2026-11-20")
    assert told.splitlines()[0] == (
        "青石茶舍: on 2026-11-03 you were charged CNY 20.00 instead of 60.00, 40.00 too little. Please come by or call "
        f"021-5550100 by 2026-11-20, case {a2}. We never ask for PIN or codes."
    )


def test_what_is_refunded_is_said_to_be_done(named: Shop) -> None:
    a1 = named.id_of("A1")
    named.look("A1")
    named.run("refund", a1, "--via", "card", "--date", named.day)
    assert "已处理完毕：180.00元已退回尾号2222卡" in notify(named, a1, "--channel", "sms")


@pytest.mark.parametrize(
    ("kind", "money", "way"),
    [
        ("A1", "refund", "cash"),  # not on the card, so nothing is said of a card
        ("A1", "refund", "transfer"),
        ("A2", "top-up", "cash"),  # who has paid is not asked again
    ],
)
def test_who_is_square_is_neither_asked_for_money_nor_sent_to_the_card(
    named: Shop, kind: str, money: str, way: str
) -> None:
    claim = named.id_of(kind)
    named.look(kind)
    named.run(money, claim, "--via", way, "--date", named.day)
    assert notify(named, claim, "--channel", "sms").splitlines()[0] == (
        f"【青石茶舍】您11月3日消费的差错（编号{claim}）已处理完毕，款项已结清，无需再付款或办理。"
        "咨询021-5550100，我们不会索要密码或验证码。"
    )
    assert "(case " + claim + ") is settled" in notify(named, claim, "--channel", "e-mail", "--lang", "en")


def test_a_refund_of_which_a_part_went_in_cash_is_not_said_to_be_on_the_card(named: Shop) -> None:
    a1 = named.id_of("A1")
    named.look("A1")
    named.run("refund", a1, "--via", "cash", "--amount", "80.00", "--date", named.day)
    named.run("refund", a1, "--via", "card", "--date", named.day)
    assert "卡" not in notify(named, a1, "--channel", "sms").splitlines()[0]


def test_what_was_paid_since_is_counted_as_paid(named: Shop) -> None:
    a2 = named.id_of("A2")
    named.run("top-up", a2, "--via", "cash", "--amount", "15.00", "--date", named.day)
    told = notify(named, a2, "--channel", "sms", "--until", "2026-11-20")
    assert "应付60.00元，实收35.00元，少收25.00元" in told  # by card 20.00, in cash 15.00


def test_a_sale_keyed_as_a_refund_was_not_paid_but_paid_out(named: Shop) -> None:
    with named.imports.open("a") as file:
        file.write(Y1)
    told = notify(named, named.id_of("Y1"), "--channel", "sms", "--until", "2026-11-20")
    assert "应付65.00元，实收-65.00元，少收130.00元" in told


@pytest.mark.parametrize("sales", [True, False])
def test_who_must_pay_again_is_not_said_to_have_paid(named: Shop, sales: bool) -> None:
    if not sales:  # the slips are the sales
        told = named.imports.read_text().split("\n\n")
        named.imports.write_text("\n\n".join(one for one in told if '"sale"' not in one))
        for file in (named.ledger, named.imports):
            file.write_text(file.read_text().replace("Assets:POS:Till", "Income:Sales"))
        text = named.ledger.read_text().replace("2026-01-01 open Income:Sales CNY\n", "", 1)
        text += "2026-01-01 open Assets:Claims:Customer\n"
        named.ledger.write_text(text.replace("  bank:", "  till: Income:Sales\n  bank:"))
    x1 = named.id_of("X1")
    named.run("verify", x1, "--note", "the batch slip", "--date", named.day)
    named.run("assign", x1, "--to", "customer", "--date", named.day)  # a valid reversal took it back
    told_them = notify(named, x1, "--channel", "sms", "--until", "2026-11-20")
    assert "应付128.00元，实收0.00元，少收128.00元" in told_them


def test_a_sale_keyed_as_a_hold_is_not_said_to_be_charged_too_much(named: Shop) -> None:
    with named.imports.open("a") as file:
        file.write(Y3)
    told = notify(named, named.id_of("Y3"), "--channel", "sms", "--until", "2026-11-20")
    assert "应付488.00元，实收0.00元，少收488.00元" in told  # a hold moves no money


def test_a_claim_from_paper_does_not_say_that_nothing_was_to_be_paid(named: Shop) -> None:
    with named.ledger.open("a") as file:
        file.write("2026-01-01 open Assets:Claims:Customer\n")
    words = ("--counterparty", "customer", "--amount", "41.00", "--against", "till", "--note", "the slip")
    named.run("raise", "--kind", "A2", *words, "--date", named.day)
    (raised,) = {word for word in named.claims.read_text().split('"') if word.startswith("PG-20261109")}
    told = notify(named, raised, "--channel", "sms", "--until", "2026-11-20", code=2)
    assert "needs a slip or sale from a file, to say what was paid; a slip or sale" in told
    assert "notify" not in named.claims.read_text()


def test_nobody_is_told_that_all_is_settled_while_their_money_is_elsewhere(named: Shop) -> None:
    a1 = named.id_of("A1")
    with named.ledger.open("a") as file:
        file.write("2026-01-01 open Liabilities:UnclaimedOverages\n")
    named.run("verify", a1, "--date", named.day)
    named.run("assign", a1, "--to", "unclaimed", "--amount", "80", "--date", named.day)
    named.run("refund", a1, "--via", "cash", "--date", named.day)
    told = notify(named, a1, "--channel", "sms", code=2)
    assert f"{a1}: the customer's money stands with somebody else and was not paid back" in told
    assert "notify" not in named.claims.read_text()


def test_nobody_is_told_of_a_refund_that_the_acquirer_owes_the_shop(named: Shop) -> None:
    x1 = named.id_of("X1")
    told = notify(named, x1, "--channel", "sms", "--until", "2026-11-20", code=2)
    assert f"{x1} concerns no customer, so no text fits; choose one (--template)" in told
    chosen = ("--template", "settled-sms-zh")
    assert "已处理完毕" in notify(named, x1, "--channel", "sms", *chosen)


def test_the_shops_own_text_comes_first_and_its_version_is_its_digest(named: Shop) -> None:
    (named.folder / "notices").mkdir()
    (named.folder / "notices" / "overcharge-sms-zh.txt").write_text("{shop}: {diff}", "utf-8")
    assert notify(named, named.id_of("A1"), "--channel", "sms").splitlines()[0] == "青石茶舍: 180.00"
    # sha256 of "{shop}: {diff}" begins so
    assert 'template: "overcharge-sms-zh/own-' in named.claims.read_text()


@pytest.mark.parametrize(
    ("own", "words", "message"),
    [
        ("", ["--channel", "sms"], "needs a day by which it is done: --until DAY"),
        ("", ["--channel", "e-mail", "--until", "2026-11-20"], "needs a cause: posguard verify --cause"),
        ("{phone}", ["--channel", "sms"], "no blank is called phone; expected some of acquirer, cause"),
        ("6222021234567890128", ["--channel", "sms"], "would show a full card number"),
        ("", ["--channel", "sms", "--template", "../main"], "there is no text '../main'; there are overcharge-sms-zh"),
        ("", ["--channel", "sms", "--send"], "--to, --output and --send are for --channel e-mail"),
        ("x", ["--channel", "sms", "--note", "6222021234567890128"], "note holds a full card number"),
    ],
)
def test_what_is_not_said(named: Shop, own: str, words: list[str], message: str) -> None:
    a1 = named.id_of("A1")
    if own:
        (named.folder / "notices").mkdir()
        (named.folder / "notices" / "overcharge-sms-zh.txt").write_text(own, "utf-8")
    before = named.claims.read_bytes()
    assert message in notify(named, a1, *words, code=2)
    assert named.claims.read_bytes() == before


def test_a_shop_without_a_name_is_asked_for_it(shop: Shop) -> None:
    told = notify(shop, shop.id_of("A1"), "--channel", "sms", "--until", "2026-11-20", code=2)
    assert 'custom "posguard" "shop-name"' in told
    assert 'custom "posguard" "shop-phone"' in told


def test_an_e_mail_to_a_file_and_no_address_in_the_ledger(named: Shop) -> None:
    a1, file = named.id_of("A1"), named.folder / "letter.eml"
    named.run("verify", a1, "--cause", "OP_KEY", "--date", named.day)
    words = [a1, "--channel", "e-mail", "--until", "2026-11-20", "--to", "guest@example.org", "--output", str(file)]
    notify(named, *words)
    first = file.read_bytes()
    letter = email.message_from_bytes(first, policy=email.policy.default)
    assert (letter["From"], letter["To"]) == ("shop@example.com", "guest@example.org")
    assert letter["Subject"] == f"青石茶舍 {a1}"
    assert letter["Date"] == "Mon, 09 Nov 2026 12:00:00 +0000"
    assert "原因初步判断为金额输错" in letter.get_content()
    assert "guest@example.org" not in named.claims.read_text()
    notify(named, *words)
    assert file.read_bytes() == first


@pytest.mark.parametrize("address", ["", "guest", "guest@example", "a@b.c\nBcc: x@y.z", "Li <a@b.org>"])
def test_an_address_is_one(named: Shop, address: str) -> None:
    a1 = named.id_of("A1")
    named.run("verify", a1, "--cause", "OP_KEY", "--date", named.day)
    words = ["--channel", "e-mail", "--until", "2026-11-20", "--to", address, "--output", str(named.folder / "x.eml")]
    assert "is no e-mail address" in notify(named, a1, *words, code=2)
    assert not (named.folder / "x.eml").exists()


def test_an_e_mail_is_sent(named: Shop, inbox: Inbox) -> None:
    a1 = named.id_of("A1")
    named.run("verify", a1, "--cause", "OP_KEY", "--date", named.day)
    words = [a1, "--channel", "e-mail", "--lang", "en", "--until", "2026-11-20", "--to", "guest@example.org", "--send"]
    notify(named, *words, "-n")
    assert inbox.letters == []
    notify(named, *words)
    (letter,) = inbox.letters
    assert b"Message-ID: <pg-20261103-" in letter
    assert 'outcome: "sent"' in named.claims.read_text()


def test_an_e_mail_that_is_refused_is_written_down_as_failed_and_does_not_count(named: Shop, inbox: Inbox) -> None:
    inbox.refuses = True
    a1 = named.id_of("A1")
    named.run("verify", a1, "--cause", "OP_KEY", "--date", named.day)
    words = [a1, "--channel", "e-mail", "--until", "2026-11-20", "--to", "guest@example.org", "--send"]
    assert "did not take the message: SMTPDataError" in notify(named, *words, code=2)
    assert 'outcome: "failed"' in named.claims.read_text()
    named.run("refund", a1, "--via", "cash", "--date", named.day)
    assert "whom nobody has told" in named.run("close", a1, "--date", named.day, code=2).stderr


def test_without_a_server_nothing_is_sent(named: Shop) -> None:
    a1 = named.id_of("A1")
    named.run("verify", a1, "--cause", "OP_KEY", "--date", named.day)
    words = [a1, "--channel", "e-mail", "--until", "2026-11-20", "--to", "guest@example.org", "--send"]
    assert "'' is no mail server" in notify(named, *words, code=2)


def test_texts_ask_for_no_card_data_and_say_whom_to_ask() -> None:
    for name, text in TEXTS.items():
        assert "{tel}" in text.text, name
        assert "{id}" in text.text, name
        assert "{card}" not in text.text, name


def test_the_calendar_has_every_open_deadline_with_reminders(shop: Shop) -> None:
    text = shop.run("calendar").stdout
    events = text.split("BEGIN:VEVENT")[1:]
    assert len(events) == 4
    (x1,) = (event for event in events if shop.id_of("X1") in event)
    # Found on 6 November, due on 2 January: 57 days. 50 % is day 29 (5 December), 80 % day 46 (22 December).
    assert "DTSTART;VALUE=DATE:20270102\n" in x1
    assert [line for line in x1.splitlines() if line.startswith("TRIGGER")] == [
        "TRIGGER:-P28D",
        "TRIGGER:-P11D",
        "TRIGGER:-P0D",
    ]
    assert f"SUMMARY:{shop.id_of('X1')} your demand: 128.00 CNY\n" in x1


def test_the_calendar_file_is_as_the_standard_has_it_and_the_same_every_time(shop: Shop) -> None:
    file = shop.folder / "claims.ics"
    shop.run("calendar", "--output", str(file))
    content = file.read_bytes()
    lines = content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in lines)
    assert "多刷" in content.decode().replace("\r\n ", "")
    shop.run("calendar", "--output", str(file))
    assert file.read_bytes() == content


def test_the_notices_day_comes_first_and_is_an_error_once_it_passed(shop: Shop) -> None:
    x1 = shop.id_of("X1")
    shop.run("verify", "--all", "--date", shop.day)
    waive = ("--waive", "slip batch-slip", "--note", "lost")
    shop.run("prepare", x1, "--route", "application", *waive, "--date", shop.day)
    shop.run("submit", x1, "--date", shop.day)
    shop.run("acknowledge", x1, "--case", "UMS-7", "--by-date", "2026-11-12", "--date", shop.day)
    assert "DTSTART;VALUE=DATE:20261112\n" in shop.run("calendar").stdout
    assert (
        "By 2026-11-12: the outcome; lost without it: what the notice says (the notice, high)"
        in shop.run("show", x1).stdout
    )
    shop.run("check")
    with shop.imports.open("a") as file:  # a day of business after it
        file.write('\n2026-11-13 * "Till"\n  posguard-source: "sale"\n  Assets:POS:Till 1.00 CNY\n  Income:Sales\n')
    assert f"{x1} X1" in shop.run("check", code=1).stdout
    _, errors, _ = loader.load_file(str(shop.ledger))
    (error,) = errors
    assert "overdue since 2026-11-12 (the outcome; lost: what the notice says)" in error.message
