"""Why mismatches happen, and what helps against it: the codes a claim is closed with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from beancount_posguard.words import either


class Cause(NamedTuple):
    """One root cause: its names, the kinds it usually shows as, the usual measure, and how its effect is counted."""

    zh: str
    en: str
    kinds: str
    measure: str
    counted: str


CAUSES: Mapping[str, Cause] = {
    "OP_KEY": Cause(
        "金额输错",
        "keyed amount wrong",
        "A1 A2 MIX",
        "connect till and terminal, read the amount back, lock a ceiling, two persons for large amounts",
        "A1 and A2 per 10,000 keyed",
    ),
    "OP_TYPE": Cause(
        "交易类型选错",
        "wrong menu",
        "Y1 Y2 Y3",
        "hide menus by role, a refund needs the supervisor",
        "Y per 10,000",
    ),
    "OP_DUP": Cause(
        "超时重刷",
        "swiped again after a time-out",
        "E4",
        "look up the last transaction first, switch the duplicate warning on",
        "E4 per 10,000",
    ),
    "OP_BATCH": Cause(
        "未结算批次", "batch not closed", "B2", "automatic close, an alarm at 22:30", "missed closes per terminal-day"
    ),
    "OP_HOLD": Cause(
        "预授权未处理",
        "hold not completed or released",
        "Y3 G3 G4 G5 G8",
        "look at open holds every day, alarms on day 20 and 27",
        "open holds older than 25 days",
    ),
    "OP_TIP": Cause("小费录入", "tip entry", "A1", "tips on the terminal", "per tipped transaction"),
    "SYS_TERM": Cause("终端故障", "terminal fault", "X4 A5", "replace it, new firmware", "by terminal"),
    "SYS_NET": Cause(
        "网络超时", "network time-out", "X2 X4 E4", "a second line, a check of reversals", "time-outs per 1,000"
    ),
    "ACQ_POST": Cause(
        "收单机构入账",
        "acquirer's posting",
        "A3 A4 E5 X1 P1 P2 P3",
        "service level in the contract, match daily",
        "per acquirer",
    ),
    "ACQ_FEE": Cause("费率错误", "tariff wrong", "A9", "test the tariff table", "fee difference per month"),
    "MAP": Cause(
        "导入或配置", "import or settings wrong", "false claims", "a test with this file", "share of dismissed claims"
    ),
    "FRAUD_EXT": Cause("外部欺诈", "fraud from outside", "E1 E2 D4", "refund controls, two approvals", ""),
    "FRAUD_INT": Cause("内部舞弊", "fraud from inside", "Y2 E2", "refund controls, two approvals", ""),
    "CUST": Cause(
        "客户争议", "customer's dispute", "X5 D1 D2 D3", "keep slips, show the policy", "disputes per 10,000"
    ),
    "UNK": Cause("原因不明", "not found", "", "look again after 30 days", "share of unknown below 10 %"),
}


def cause_title(code: str) -> str:
    """Return a cause's code and names; the English only who reads it."""
    one = CAUSES[code]
    return either(f"{code} {one.zh}", f"{code} {one.zh} {one.en}")
