"""The codes of steps, sides and parties, as a reader calls them.

English readers are shown the code itself, which is what they type; Chinese ones the trade's own term.
"""

from __future__ import annotations

from collections.abc import Mapping

from beancount_posguard.words import either

#: Who owes, or is owed.
_PARTIES: Mapping[str, str] = {"customer": "客户", "acquirer": "收单机构", "employee": "员工", "none": "未定"}

#: Who speaks in a line.
_SIDES: Mapping[str, str] = {"sale": "销售", "terminal": "终端", "settlement": "清算", "bank": "银行"}

#: What can happen to a claim: the plugin's movements, people's steps, corrections, exhibits.
_EVENTS: Mapping[str, str] = {
    "detected": "发现",
    "changed": "变更",
    "withdrawn": "撤回",
    "raise": "立案",
    "verify": "核实",
    "dismiss": "排除",
    "prepare": "备件",
    "approve": "批准",
    "return": "退回",
    "submit": "提交",
    "acknowledge": "受理",
    "info": "要求补件",
    "accept": "同意",
    "reject": "拒绝",
    "appeal": "申诉",
    "reroute": "转向",
    "legal": "法律程序",
    "advise": "法律意见",
    "expire": "超期",
    "request-write-off": "申请核销",
    "withdraw": "撤回",
    "notify": "告知客户",
    "note": "备注",
    "close": "结案",
    "reopen": "重启",
    "attach": "附件",
    "refund": "退款",
    "top-up": "补款",
    "write-off": "核销",
    "reclass": "改记科目",
    "bounce": "退款被退回",
    "booking": "入账",
}

#: How sure a rule is of its number.
_CONFIDENCE: Mapping[str, str] = {"high": "把握高", "medium": "把握中等", "low": "把握低"}

#: What a line is, and how it ended.
_KINDS: Mapping[str, str] = {
    "sale": "消费",
    "refund": "退货",
    "void": "撤销",
    "reversal": "冲正",
    "preauth": "预授权",
    "preauth-void": "预授权撤销",
    "completion": "预授权完成",
    "completion-void": "预授权完成撤销",
    "tip": "小费调整",
    "chargeback": "退单",
    "chargeback-reversal": "退单撤回",
    "second-chargeback": "二次退单",
    "retrieval": "调单",
    "adjustment": "调账",
    "fee": "手续费",
    "payout": "划款",
    "deposit": "到账",
}
_STATUSES: Mapping[str, str] = {
    "approved": "成功",
    "declined": "失败",
    "timeout": "超时",
    "voided": "已撤销",
    "reversed": "已冲正",
    "pending": "处理中",
}


_CARD_TYPES: Mapping[str, str] = {"debit": "借记卡", "credit": "贷记卡", "foreign": "境外卡"}

#: In what two lines can agree.
_AGREEMENTS: Mapping[str, str] = {
    "rrn": "参考号",
    "trace": "凭证号",
    "auth": "授权码",
    "card": "卡号",
    "last four": "卡号后四位",
    "time": "时间",
    "terminal": "终端号",
    "cashier": "收银员",
}


def _named(table: Mapping[str, str], code: str) -> str:
    return either(table.get(code, code), code)


def party(code: str) -> str:
    """Return what a counterparty is called."""
    return _named(_PARTIES, code)


def side(code: str) -> str:
    """Return what a source of lines is called."""
    return _named(_SIDES, code)


def event(code: str) -> str:
    """Return what something that happened to a claim is called: a step, a movement, a correction."""
    return _named(_EVENTS, code)


def confidence(code: str) -> str:
    """Return how sure a rule is."""
    return _named(_CONFIDENCE, code)


def line_kind(code: str) -> str:
    """Return what a slip or a statement's line is called."""
    return _named(_KINDS, code)


def status(code: str) -> str:
    """Return how a slip ended."""
    return _named(_STATUSES, code)


def card_type(code: str) -> str:
    """Return what a type of card is called."""
    return _named(_CARD_TYPES, code)


def agreement(code: str) -> str:
    """Return in what two lines agree."""
    return _named(_AGREEMENTS, code)
