"""The kinds of mismatch: code, names in Chinese and English, the remedy, and what a person does next.

One table; the plugin, the command line and the documentation read it. Source: the taxonomy in docs/kinds.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from beancount_posguard.words import either


class KindInfo(NamedTuple):
    """What is known of a kind.

    ``remedy`` is the first thing to try, as a word of :data:`REMEDIES`; ``rule`` the predicate in words, with S, T and
    A what till, terminal and acquirer say, dST = S - T and dTA = T - A. ``note`` says what is the matter where no money
    is out of place.
    """

    zh: str
    en: str
    remedy: str
    rule: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return either(self.zh, self.en)


KINDS: Mapping[str, KindInfo] = {
    "A1": KindInfo("多刷(长款)", "customer charged too much", "refund", "dST < 0 and dTA = 0"),
    "A2": KindInfo("少刷(短款)", "customer charged too little", "top-up", "dST > 0 and dTA = 0"),
    "A3": KindInfo("多清算", "settled more than approved", "credit-adjustment", "dTA < 0 and dST = 0"),
    "A4": KindInfo("少清算", "settled less than approved", "claim", "dTA > 0 and dST = 0"),
    "A5": KindInfo(
        "凭证不符",
        "slip wrong, money right",
        "correct-books",
        "dST + dTA = 0, neither zero: till and acquirer agree, the slip does not",
    ),
    "A6": KindInfo(
        "部分授权", "approved in part", "top-up", "the issuer approved a part (response 10) and the rest is unpaid"
    ),
    "A7": KindInfo(
        "分笔不符", "split payments do not add up", "top-up", "several approvals for one sale that do not add up to it"
    ),
    "A8": KindInfo("小费差额", "differs by the tip", "claim", "the difference is just a tip that one side names"),
    "A9": KindInfo(
        "手续费不符",
        "fee differs from the contract",
        "fee-correction",
        "the amounts agree, the fee is above the contract's tariff",
    ),
    "A10": KindInfo(
        "外币/DCC差额",
        "converted at another rate",
        "claim",
        "dST = 0, and the line that differs says that it was converted from another currency",
    ),
    "A11": KindInfo(
        "尾差",
        "rounding",
        "none",
        "no side differs by more than the contract's tolerance; one entry a month",
    ),
    "MIX": KindInfo(
        "双重差额", "wrong on both sides of the slip", "split", "dST and dTA both differ from zero and do not cancel"
    ),
    "Y1": KindInfo(
        "消费做成退货", "sale keyed as refund", "top-up", "a sale whose slip is its negative: T = -S, S > 0"
    ),
    "Y2": KindInfo(
        "退货做成消费", "refund keyed as sale", "refund", "a refund whose slip is its negative: T = -S, S < 0"
    ),
    "Y3": KindInfo(
        "消费做成预授权",
        "sale keyed as hold",
        "complete-hold",
        "a sale whose only slip is an approved hold that can still be completed",
    ),
    "Y4": KindInfo("预授权做成消费", "hold keyed as sale", "refund", "the till holds, the terminal sold"),
    "Y5": KindInfo("撤销又退货", "voided and refunded", "top-up", "a refund whose original was voided"),
    "Y6": KindInfo(
        "支付方式不符",
        "rung up under another tender",
        "correct-books",
        "the till has the slip's sale as cash or another tender, to the fen",
    ),
    "X1": KindInfo("成功未清算", "approved, not settled", "claim", "approved, past due, and no line"),
    "X2": KindInfo(
        "成功被冲正",
        "approved, then reversed",
        "claim",
        "approved, and the lines cancel each other or are marked reversed",
    ),
    "X3": KindInfo(
        "已撤销仍清算", "voided, yet settled", "credit-adjustment", "the slips cancel each other, the lines do not"
    ),
    "X4": KindInfo(
        "失败仍清算(单边账)",
        "declined, yet settled",
        "credit-adjustment",
        "no slip was approved, a line came all the same",
    ),
    "X5": KindInfo(
        "退货未处理", "refund not processed", "resubmit-refund", "a refund was approved, past due, and no line"
    ),
    "X6": KindInfo("离线交易被拒", "offline sale not honoured", "top-up", "an offline approval without a line"),
    "X7": KindInfo("结果不明", "outcome unknown", "inquiry", "the slip timed out, nothing says how it ended"),
    "E1": KindInfo("清算无凭证", "settled without a slip", "find-slip", "a line without slip and sale"),
    "E2": KindInfo("凭证无销售", "slip without a sale", "find-sale", "a slip without a sale"),
    "E3": KindInfo("销售无凭证", "sale without a slip", "top-up", "a sale without an approved slip or a line"),
    "E4": KindInfo(
        "重复扣款", "charged twice", "refund", "two approvals of one card and amount within 15 minutes, one sale"
    ),
    "E5": KindInfo("重复清算", "settled twice", "credit-adjustment", "one approval, more lines than approvals"),
    "E6": KindInfo(
        "商户号/终端号不符",
        "under another's number",
        "correct-number",
        "all agrees but the terminal or merchant that the line names",
        "settled under another terminal's or merchant's number",
    ),
    "B4": KindInfo(
        "营业日不符",
        "on another business day",
        "correct-date",
        "the till's list of another day has a sale made when the slip was",
        "the sale is booked on another business day than its slip",
    ),
    "B1": KindInfo("延迟清算", "settled late", "none", "the line came after due date and grace"),
    "B2": KindInfo(
        "批次未结算",
        "batch not closed",
        "close-batch",
        "not one slip of the batch was settled when its latest was overdue",
    ),
    "G1": KindInfo(
        "完成超限",
        "completed above the cap",
        "top-up",
        "completed above the cap, or the bill is above it",
        "completed above the hold's cap: no money is out of place, but the cardholder can dispute the excess",
    ),
    "G2": KindInfo("完成金额不符", "completion differs from the bill", "top-up", "the completion is not the bill"),
    "G3": KindInfo(
        "预授权过期未完成",
        "hold expired before completion",
        "late-completion",
        "a bill whose hold lapsed before completion",
    ),
    "G5": KindInfo(
        "预授权过期未使用",
        "hold expired before use",
        "re-authorise",
        "a bill that came when its hold could no longer be completed",
    ),
    "G4": KindInfo(
        "预授权未撤销",
        "hold not released",
        "release-hold",
        "a hold neither completed nor released when it lapsed",
        "the hold was neither completed nor released: the guest's money is still blocked",
    ),
    "G6": KindInfo("重复完成", "completed twice", "refund", "two completions of one hold"),
    "G7": KindInfo(
        "完成又消费", "completed and sold", "refund", "a completion, and a sale of the same card and amount"
    ),
    "G8": KindInfo(
        "担保信息未更新",
        "record of the hold is old",
        "new-leg",
        "the till's record of an open hold differs from the terminal's in amount, card or expiry",
        "the till's record of the hold is not what the terminal holds",
    ),
    "B3": KindInfo(
        "批次总额不符",
        "batch totals differ",
        "locate",
        "the totals on the terminal's settlement slip differ from the acquirer's; raised by hand",
    ),
    "P1": KindInfo("到账短款", "deposit short", "trace-payout", "the deposit is less than its statement"),
    "P2": KindInfo("到账长款", "deposit over", "trace-payout", "the deposit is more than its statement"),
    "P3": KindInfo("未到账", "deposit missing", "trace-payout", "no deposit after due date and grace"),
    "P4": KindInfo("不明扣款", "unexplained deduction", "claim", "a deduction on the statement that no slip explains"),
    "P5": KindInfo(
        "到账账户不符",
        "paid to another account",
        "correct-account",
        "the deposit is right and arrived on another account than the contract's",
        "the money arrived on another account than the contract names",
    ),
    "D1": KindInfo(
        "调单",
        "retrieval request",
        "answer",
        "the issuer asks for documents",
        "the issuer asks for the slip; unanswered, a chargeback follows",
    ),
    "D2": KindInfo("退单", "chargeback", "representment", "the issuer took the money back"),
    "D3": KindInfo(
        "二次退单",
        "charged back again",
        "final-answer",
        "the issuer took the money back again after it had been given back: second chargeback, pre-arbitration",
    ),
    "D4": KindInfo(
        "欺诈退单",
        "charged back as fraud",
        "representment",
        "a chargeback whose reason is fraud: the cardholder says that it was somebody else",
    ),
    "OK": KindInfo("相符", "in order", "none"),
}

REMEDIES: Mapping[str, str] = {
    "refund": "give the difference back to the customer: posguard refund",
    "top-up": "collect the difference from the customer: posguard top-up",
    "claim": "claim the difference from the acquirer (请款 or an adjustment)",
    "credit-adjustment": "offer the surplus to the acquirer (贷记调整)",
    "correct-books": "correct the record and keep the evidence; nobody owes anything",
    "fee-correction": "ask the acquirer to correct the fee by the contract's tariff",
    "split": "put each part right with its own counterparty",
    "complete-hold": "complete the hold (预授权完成) before it expires",
    "resubmit-refund": "ask the acquirer why the refund was not processed; the customer still waits for it",
    "find-slip": "find the slip: another terminal's log, or an adjustment in the portal",
    "find-sale": "find the sale, or refund the card",
    "close-batch": "close the batch on the terminal, or have the acquirer collect it",
    "trace-payout": "ask the acquirer for the payout's breakdown, the bank for the transfer",
    "inquiry": "ask the acquirer how the transaction ended (查询) before anything is charged again",
    "late-completion": "ask the acquirer for a late completion (延期预授权完成, day 31 to 60), else the customer",
    "release-hold": "release the hold (预授权撤销) and apologise",
    "correct-number": "have the acquirer put the number right; between shops of your own it is a transfer",
    "correct-date": "book the sale on the day of its slip while the books of both days are open",
    "correct-account": "have the acquirer correct the account on file, and move the money to the right one",
    "new-leg": "write the record anew, or make a new hold on the terminal; never change the old slip",
    "locate": "find the slip that makes the difference; the claim is then of its own kind",
    "keep-consent": "keep the guest's signed consent with the slip: it answers a dispute of the excess",
    "answer": "send the slip before the reply-by date",
    "re-authorise": "ask the guest for a new card payment: posguard top-up; the expired hold is of no use",
    "final-answer": "answer with new documents, go to arbitration (仲裁) with its fees, or let it go",
    "representment": "answer with documents (再请款), or let it go",
    "none": "nothing to do",
}

#: What the issuer took back waits on an account of its own.
DISPUTED = frozenset({"D2", "D3", "D4"})
