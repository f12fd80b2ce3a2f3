#!/usr/bin/env python3
"""Recount a round of household consent from its bulletin, trusting nobody who made it.

    python3 -I verify.py                  the folder in which this file lies
    python3 -I verify.py FOLDER           a folder, or the ZIP of one
        --anchored FILE   heads that you kept, or read off the notice at the gate (may be given again)
        --receipt FILE    a household's receipt (may be given again)
        --auditor FILE    openings that only auditors have: areas, evidence
        --lang zh|en      the language of the report; else that of your system
        --json            the report as JSON

Needs Python 3.9 or newer and nothing else; imports nothing of the program that made the bulletin, and opens no
network connection. Every check prints one line. Exit 0: nothing is wrong; 1: something is; 2: misused.

-I keeps Python from reading modules out of the folder that it is to judge.

Take this file from somebody you trust, or compare its SHA-256 with the one on the printed notice: a verifier that
comes in the same parcel as what it verifies can lie as well as its sender. It follows RFC 9162 section 2.1 (trees),
RFC 8032 (Ed25519), C2SP signed-note and tlog-checkpoint (heads), and README.txt of the bulletin (leaves, folder).
"""

import sys

# a file beside this one, called like a module of Python, must not take that module's place
if __name__ == "__main__" and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    del sys.path[0]

import argparse
import base64
import binascii
import functools
import gc
import hashlib
import io
import json
import locale
import math
import os
import re
import zipfile
from fractions import Fraction
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

FORMAT = "deliberate/bulletin/1"
MOST_LINE = 64 << 20
"""Bytes of one line or of one small file; a bulletin has none nearly as long."""

TEXTS: Dict[str, Tuple[str, str]] = {
    # --- the checks
    "format": ("公告文件夹的格式", "form of the bulletin"),
    "files": ("文件没有损坏（SHA256SUMS）", "files are undamaged (SHA256SUMS)"),
    "tree": ("账本的全部条目", "every entry of the ledger"),
    "heads": ("账本签名：每一个都有效，前后连贯", "signed heads: each valid, each a prefix of the next"),
    "anchored": ("您留存或抄下的账本签名都在", "the heads that you kept are all there"),
    "roll": ("名册与公布的指纹和户数相符", "the roll equals its published root and size"),
    "events": (
        "本轮每一条记录都已公开，内容与账本相符",
        "every record of the round is shown and matches the ledger",
    ),
    "text": ("每一条记录都是本轮、本方案的", "every record is of this round and this text"),
    "slots": ("每一条意见都属于名册上的一户", "every consent belongs to a slot of the roll"),
    "order": ("记录之间的先后和替代关系", "what came first, and what replaces what"),
    "rules": (
        "规则与开始时锁定的相同，不低于五分之四",
        "the rules are those of the opening, never below four fifths",
    ),
    "sheet": ("意见统计表与账本相符，已签名", "the count sheets are those of the ledger, and signed"),
    "recount": ("逐户重新统计，与统计表一致", "the recount equals the count sheet"),
    "threshold": ("按整数逐项核对是否达到要求", "each test, in whole numbers"),
    "objections": ("异议与复核", "objections and rechecks"),
    "audit": ("抽查回访：样本重新推算", "spot check: the sample worked out again"),
    "outcome": ("最后结果", "the outcome"),
    "receipt": ("回执 {name}", "receipt {name}"),
    "auditor": ("审计材料：面积与证据", "auditors' openings: areas and evidence"),
    # --- passed
    "ok_format": ("{kind}，第 {round} 轮，方案 {plan}…", "{kind}, round {round}, plan {plan}…"),
    "ok_files": ("{n} 个文件", "{n} files"),
    "ok_tree": ("{n} 条，没有重复", "{n} entries, none twice"),
    "ok_heads": (
        "{n} 个，最后一个覆盖全部 {size} 条；钥匙 {key}",
        "{n}; the last covers all {size} entries; key {key}",
    ),
    "ok_anchored": ("{n} 个全部找到", "all {n} found"),
    "ok_roll": ("{n} 户，指纹 {root}…，两人核定", "{n} households, root {root}…, certified by two"),
    "ok_events": ("{n} 条，公开项全部核对", "{n} records, every opening matches"),
    "ok_text": ("{n} 条意见", "{n} consents"),
    "ok_slots": ("{n} 户有记录", "{n} slots have records"),
    "ok_order": ("{n} 条替代", "{n} replacements"),
    "ok_rules": ("住户同意不少于 {num}/{den}", "at least {num}/{den} of all households"),
    "ok_sheet": ("{n} 张", "{n}"),
    "ok_recount": (
        "同意 {agree}，不同意 {disagree}，弃权 {abstain}，未反馈 {no_response}，共 {roll} 户",
        "agree {agree}, disagree {disagree}, abstain {abstain}, no response {no_response}, of {roll}",
    ),
    "ok_recount_pending": (
        "统计表上同意 {agree}，不同意 {disagree}，弃权 {abstain}，未反馈 {no_response}，共 {roll} 户；之后有意见经复核改动，统计表还没有更正",
        "on the sheet: agree {agree}, disagree {disagree}, abstain {abstain}, no response {no_response}, of {roll}; a recheck changed records since, and the sheet is not amended yet",
    ),
    "ok_threshold": ("需要 {need} 户，同意 {have} 户：{outcome}", "needs {need}, has {have}: {outcome}"),
    "ok_objections": ("{n} 件", "{n}"),
    "ok_audit": (
        "抽 {n} 户，与公开掷出的种子相符：{verdict}",
        "{n} slots, as the public seed gives: {verdict}",
    ),
    "ok_outcome": ("{outcome}", "{outcome}"),
    "ok_receipt": (
        "在账本第 {position} 条；这一户现在计为：{standing}",
        "entry {position}; this household counts as: {standing}",
    ),
    "ok_receipt_erased": (
        "在账本第 {position} 条；这一户现在计为：{standing}；回执里有 {n} 项到期已经删除，没有核对",
        "entry {position}; this household counts as: {standing}; {n} fields of the receipt are erased and not checked",
    ),
    "ok_auditor": ("{areas} 处面积，{events} 条记录", "{areas} areas, {events} records"),
    # --- not checked
    "no_anchored": (
        "没有核对：请用 --anchored 给出您留存的账本签名。没有它，查不出整本账事后重做",
        "not checked: give the heads you kept by --anchored. Without them a ledger rewritten as a whole is not found",
    ),
    "no_receipts": ("没有核对：没有给出回执（--receipt）", "not checked: no receipt was given (--receipt)"),
    "no_areas": (
        "面积没有核对：面积会暴露住房，只给审计人（--auditor）。以下按公布的面积计算",
        "areas are not checked: an area names a home, so only auditors have them (--auditor)",
    ),
    "no_audit": ("还没有抽查记录", "no spot check yet"),
    "no_outcome": ("初步公告，结果还没有确定", "preliminary; the outcome is not final yet"),
    # --- failed
    "crash": ("内容无法核对（{what}）", "cannot be checked ({what})"),
    "needs": ("前面的“{what}”没有通过，无法核对", "cannot be checked, because “{what}” failed"),
    "missing_file": ("缺少文件 {name}", "the file {name} is missing"),
    "long_line": ("{name} 有一行太长", "{name} has a line that is too long"),
    "not_text": ("{name} 不是 UTF-8 文本", "{name} is not UTF-8 text"),
    "not_json": ("{name} 不是有效的 JSON", "{name} is not valid JSON"),
    "bad_field": ("{name} 里的“{field}”缺失或不对", "“{field}” is missing or wrong in {name}"),
    "wrong_format": ("格式是 {got}，这个工具只认 {want}", "the format is {got}; this tool knows {want} only"),
    "damaged": ("{name} 与 SHA256SUMS 不符", "{name} differs from SHA256SUMS"),
    "unlisted": ("{name} 不在 SHA256SUMS 里", "{name} is not listed in SHA256SUMS"),
    "bad_hash": ("{name} 第 {line} 行不是指纹", "line {line} of {name} is not a hash"),
    "twice": ("{name} 里重复出现 {what}", "{what} stands twice in {name}"),
    "no_heads": ("没有账本签名", "there are no heads"),
    "bad_note": ("账本签名 {name} 的格式不对", "the head {name} is not a signed note"),
    "bad_origin": ("账本签名 {name} 属于 {got}", "the head {name} is of {got}"),
    "not_signed": ("账本签名 {name} 没有有效的签名", "the head {name} bears no valid signature"),
    "too_large": (
        "账本签名 {name} 覆盖 {size} 条，账本只有 {have} 条",
        "the head {name} covers {size} entries, the ledger has {have}",
    ),
    "not_prefix": (
        "账本签名 {name} 与账本前 {size} 条不符：账本被改过",
        "the head {name} does not fit the first {size} entries: the ledger was changed",
    ),
    "not_covered": (
        "最后一个账本签名只覆盖 {size} 条，共 {have} 条",
        "the last head covers {size} of {have} entries",
    ),
    "misnamed": ("账本签名文件 {name} 的名字不对", "the name of the head {name} does not fit it"),
    "head_differs": (
        "账本签名 {name} 里的“{field}”与公告不符",
        "“{field}” in the head {name} differs from the bulletin",
    ),
    "head_earlier": (
        "账本签名 {name} 在公开的“{what}”记录之前就说到它：真正的那一条被藏起来了",
        "the head {name} tells of the {what}, but is older than the record that is shown: the true one is hidden",
    ),
    "no_head_for": ("没有本轮{what}的账本签名", "there is no head of this round's {what}"),
    "bad_anchored": ("{name} 里没有能认出的账本签名", "{name} holds no head that could be recognised"),
    "anchor_missing": (
        "您留存的账本签名（第 {size} 条，{root}）不在公告里：账本被改过或藏起一部分",
        "the head you kept ({size}, {root}) is not in the bulletin: the ledger was changed, or part of it hidden",
    ),
    "anchor_newer": (
        "您留存的账本签名（第 {size} 条）比这份公告（{have} 条）新：请下载最新的公告再核对",
        "the head you kept ({size}) is newer than this bulletin ({have}): get the newest bulletin and verify that",
    ),
    "anchor_differs": (
        "您留存的账本签名（第 {size} 条）与公告里的不同：账本被改过",
        "the head you kept ({size}) differs from the bulletin's: the ledger was changed",
    ),
    "anchor_key": (
        "您留存的签名不是用公告里的钥匙签的",
        "what you kept is not signed by the key in the bulletin",
    ),
    "anchor_other_key": (
        "有账本签名不是用您留存的钥匙签的（第 {sizes} 条）：社区公布过更换钥匙的，把新钥匙也留存后再核对；没有，就是伪造的",
        "heads ({sizes}) are signed by a key that you did not keep: if the community told you of a new key, keep that too and verify again; if not, they are forged",
    ),
    "bad_roll_line": ("名册第 {line} 行的格式不对", "line {line} of the roll is not a roll entry"),
    "unsorted": ("{name} 没有按顺序排列（第 {line} 行）", "{name} is out of order at line {line}"),
    "roll_size": ("名册有 {got} 户，应为 {want} 户", "the roll has {got} households, and should have {want}"),
    "roll_root": ("名册的指纹与{what}不符", "the root of the roll differs from {what}"),
    "no_certificate": (
        "名册没有由户册管理员和监票人两人核定",
        "the roll is not certified by a registrar and a scrutineer",
    ),
    "bad_event": ("记录文件第 {line} 行的格式不对", "line {line} of the records is not a record"),
    "not_in_tree": ("第 {position} 条记录与账本不符", "the record at {position} differs from the ledger"),
    "not_shown": (
        "账本第 {position} 条没有公开，可能是被藏起来的意见",
        "entry {position} of the ledger is not shown; it may be a hidden consent",
    ),
    "not_opened": ("第 {position} 条记录没有公开“{field}”", "the record at {position} withholds “{field}”"),
    "bad_opening": (
        "第 {position} 条记录公开的“{field}”与账本不符",
        "“{field}” shown for the record at {position} does not match the ledger",
    ),
    "other_text": (
        "第 {position} 条意见针对的是另一个方案文本",
        "the consent at {position} is for another text",
    ),
    "ghost": (
        "第 {position} 条意见所属的户不在名册上",
        "the consent at {position} belongs to no slot of the roll",
    ),
    "bad_deed": ("第 {position} 条意见的内容自相矛盾", "the consent at {position} makes no sense"),
    "one_needed": (
        "账本里应有一条“{what}”记录，现有 {n} 条",
        "the ledger must hold one “{what}” of this round; it holds {n}",
    ),
    "after_closing": (
        "第 {position} 条意见是结束以后才记的，不是复核可以作出的改动",
        "the consent at {position} came after the closing, and is nothing that a recheck may do",
    ),
    "bad_order": (
        "第 {position} 条记录的先后不对",
        "the record at {position} stands before or behind where it may",
    ),
    "bad_extension": (
        "第 {position} 条延期不是在截止以前作出的，或者不是往后延",
        "the extension at {position} was not made before the deadline, or does not move it forward",
    ),
    "bad_time": ("时间写得不对，或者先后颠倒", "a time is no time, or before the one that it follows"),
    "closed_early": (
        "时间没有到就结束了，还有 {n} 户没有反馈或者意见不一致",
        "closed before its time, when {n} were silent or contradictory",
    ),
    "after_outcome": (
        "第 {position} 条记录是结果确定以后才加的",
        "the record at {position} came after the outcome",
    ),
    "before_opening": (
        "第 {position} 条意见早于征求意见开始",
        "the consent at {position} came before the opening",
    ),
    "bad_supersedes": (
        "第 {position} 条意见替代的记录不存在、不是同一户，或已被替代",
        "the consent at {position} replaces a record that is unknown, of another slot, or already replaced",
    ),
    "unasked_voiding": (
        "结束以后改动了 {n} 条意见，公布的复核只说明其中 {rechecks} 条",
        "{n} consents were changed after the closing; the rechecks that were published account for {rechecks}",
    ),
    "rule_changed": ("规则与开始时锁定的不同", "the rules differ from those locked at the opening"),
    "rule_low": ("住户同意的要求低于五分之四", "the household threshold is below four fifths"),
    "no_sheet": ("没有意见统计表", "there is no count sheet"),
    "sheet_differs": (
        "第 {n} 张意见统计表与账本里的不同",
        "count sheet {n} differs from the one in the ledger",
    ),
    "sheet_numbers": ("意见统计表的编号不连续", "the numbers of the count sheets do not follow one another"),
    "sheet_unsigned": (
        "最后一张意见统计表没有主持人和监票人两人的签名",
        "the last count sheet is not signed by moderator and scrutineer",
    ),
    "count_differs": (
        "“{what}”重新统计为 {got}，统计表写的是 {want}",
        "the recount of “{what}” is {got}; the sheet says {want}",
    ),
    "bad_areas": ("统计表里的面积加起来不对", "the areas on the sheet do not add up"),
    "bad_channels": ("线上和纸质的总数不可能是这样", "the totals of the channels are impossible"),
    "test_differs": (
        "第 {n} 项要求重新计算，与统计表不同",
        "test {n}, worked out again, differs from the sheet",
    ),
    "outcome_differs": (
        "重新计算的结果是“{got}”，公告写的是“{want}”",
        "the outcome is “{got}”, the bulletin says “{want}”",
    ),
    "objection_differs": ("第 {n} 件异议与账本不符", "objection {n} differs from the ledger"),
    "objection_open": ("第 {n} 件异议还没有复核答复", "objection {n} has no recheck"),
    "audit_order": (
        "抽查的“{step}”这一步不该在这里",
        "the step “{step}” of the spot check may not stand where it does",
    ),
    "audit_differs": ("抽查记录与账本不符", "the spot check differs from the ledger"),
    "audit_sample": ("抽查的样本与种子推算的不同", "the sample is not the one that the seed gives"),
    "audit_size": ("样本应为 {want} 户，只有 {got} 户", "the sample must have {want} slots; it has {got}"),
    "audit_verdict": (
        "抽查结论与逐户结果不符",
        "the verdict of the spot check does not follow from its findings",
    ),
    "audit_none": ("结果已定，却没有通过的抽查", "the outcome is final without a confirmed spot check"),
    "receipt_form": ("不是有效的回执", "it is not a receipt"),
    "receipt_round": ("不是本轮的回执", "it is of another round"),
    "receipt_opening": ("“{field}”与回执的指纹不符", "“{field}” does not match the receipt's hash"),
    "receipt_missing": (
        "这条意见不在账本里：请把回执交给监票人或观察员",
        "this consent is not in the ledger: take the receipt to a scrutineer or an observer",
    ),
    "receipt_hidden": (
        "这条意见在账本里，却没有列入公告",
        "this consent is in the ledger but not in the bulletin",
    ),
    "receipt_promise": (
        "回执上的签名不是本社区的",
        "the promise on the receipt is not signed by this community",
    ),
    "auditor_form": ("不是有效的审计材料", "it is not an auditors' file"),
    "auditor_opening": ("{what} 的“{field}”与账本不符", "“{field}” of {what} does not match the ledger"),
    "auditor_areas": (
        "{unit}“{what}”的面积合计为 {got}，统计表写的是 {want}",
        "the area of {unit} “{what}” adds up to {got}; the sheet says {want}",
    ),
    # --- words
    "preliminary": ("初步公告", "preliminary bulletin"),
    "final": ("最终公告", "final bulletin"),
    "adopted": ("通过", "adopted"),
    "rejected": ("未通过", "rejected"),
    "no_valid_decision": ("未形成有效决定", "no valid decision"),
    "agree": ("同意", "agree"),
    "disagree": ("不同意", "disagree"),
    "abstain": ("弃权", "abstain"),
    "contradiction": ("意见不一致，不计入", "contradictory, not counted"),
    "withdrawn": ("已撤回", "withdrawn"),
    "invalid": ("已作废", "voided"),
    "late": ("逾期，不计入", "late, not counted"),
    "silent": ("尚未反馈", "no response"),
    "participating": ("参加表决", "taking part"),
    "no_response": ("未反馈", "no response"),
    "opening": ("开始", "opening"),
    "closing": ("结束", "closing"),
    "confirmed": ("通过", "confirmed"),
    "rechecked": ("全面复核后确认", "confirmed after a full recheck"),
    "recheck": ("转为全面复核", "goes on to a full recheck"),
    "pending": ("还没有结论", "no verdict yet"),
    "certificate": ("核定记录", "its certificate"),
    "the_opening": ("开始时的记录", "the opening"),
    "the_bulletin": ("公告", "the bulletin"),
    "outcome_of": ("结果", "outcome"),
    # --- the end
    "pass": ("通过", "PASS"),
    "fail": ("不符", "FAIL"),
    "skip": ("未查", "----"),
    "all_well": ("全部核对通过。", "Everything that was checked is in order."),
    "not_well": (
        "有 {n} 项不符。请保留这个文件夹，并联系监票人和观察员。",
        "{n} checks failed. Keep this folder, and tell the scrutineers and observers.",
    ),
    "limits": (
        "这说明统计与公开的记录相符。一户沉默的意见是不是被冒填，要靠通知、回执和抽查来发现，见 README.txt。",
        "This shows that the count follows from the records. Whether a silent household's consent was forged is found by notices, receipts and the spot check: see README.txt.",
    ),
}

FIELDS: Dict[str, Tuple[str, ...]] = {
    "consent": tuple(
        "round plan slot deed answer late supersedes channel time serial signed_at signer canvassers evidence "
        "recorder reason".split()
    ),
    "roll": ("round", "roll_root", "size", "role", "account", "time"),
    "opening": tuple(
        "round plan rules scope roll_root size answer_until register_until settle_until visibility time".split()
    ),
    "extension": ("round", "old_until", "new_until", "reason", "time"),
    "closing": ("round", "account", "time"),
    "sheet": ("round", "n", "figures", "time"),
    "sheet_signature": ("round", "n", "role", "account", "time"),
    "objection": ("round", "number", "slot", "ground", "time"),
    "recheck": ("round", "number", "decision", "account", "time"),
    "check": ("round", "step", "data", "time"),
    "outcome": ("round", "outcome", "tests", "time"),
    "quarantine": ("round", "record", "decision", "account", "reason", "time"),
}
HIDDEN = {"account", "reason"}
PUBLIC: Dict[str, Tuple[str, ...]] = {
    kind: tuple(name for name in names if name not in HIDDEN) for kind, names in FIELDS.items()
}
PUBLIC["consent"] = ("round", "plan", "slot", "deed", "answer", "late", "supersedes")
PUBLIC["objection"] = ("round", "number", "ground", "time")
HEX = "[0-9a-f]{64}"
LEAF = {
    kind: re.compile(
        "deliberate/leaf/1\n" + kind + "\n" + "".join("%s (%s)\n" % (name, HEX) for name in names)
    )
    for kind, names in FIELDS.items()
}
AT = {kind: {name: i + 1 for i, name in enumerate(names)} for kind, names in FIELDS.items()}
ROLL_FIELDS = ("household", "owner", "area", "homes")
ROLL_LEAF = re.compile(
    "deliberate/roll/1\nslot ([0-9a-z_]{1,64})\nelectorate (household|owner)\n"
    + "".join("%s (%s)\n" % (name, HEX) for name in ROLL_FIELDS)
)
ANSWERS = ("agree", "disagree", "abstain")
WITH_AREA = ("agree", "participating", "roll")
"""Each a part of the next; only these have areas on a sheet, and only where a test weighs by area."""
STANDINGS = ("agree", "disagree", "abstain", "contradiction", "withdrawn", "invalid", "late", "silent")
NOT_COUNTED = ("contradiction", "withdrawn", "invalid", "late", "silent")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
VOIDING_GROUNDS = ("not_us", "wrong_answer", "duplicate")
SPEAKS_FOR = {"consents": "adopted", "non_consents": "rejected"}
"""The outcome that a sample of this kind can confirm."""


class Wrong(Exception):
    """A check failed; `key` names the sentence that says why."""

    def __init__(self, key: str, **params: Any) -> None:
        super().__init__(key)
        self.key = key
        self.params = params


# --- Ed25519, RFC 8032 section 5.1, verification only ---------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = Tuple[int, int, int, int]
ZERO: Point = (0, 1, 1, 0)


def _add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _point(data: bytes) -> Optional[Point]:
    """RFC 8032 section 5.1.3; None where the bytes are no point, or are written in a second way."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def _bytes_of(p: Point) -> bytes:
    inverse = pow(p[2], -1, P)
    x, y = p[0] * inverse % P, p[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


Row = List[Tuple[int, int, int]]


def _table(p: Point) -> List[Row]:
    """Every byte times 256**i times the point, so that a multiplication is 32 additions.

    Points are kept as y - x, y + x and 2dxy with z = 1, which an addition needs; one inversion serves a row.
    """
    rows = []
    for _ in range(32):
        row = [ZERO]
        for _ in range(255):
            row.append(_add(row[-1], p))
        p = _add(row[-1], p)
        before = [1]
        for one in row:
            before.append(before[-1] * one[2] % P)
        rest = pow(before[-1], -1, P)
        made: Row = []
        for one, product in zip(reversed(row), reversed(before[:-1])):
            inverse, rest = rest * product % P, rest * one[2] % P
            x, y = one[0] * inverse % P, one[1] * inverse % P
            made.append((y - x, y + x, 2 * D * x * y % P))
        rows.append(made[::-1])
    return rows


def _times(total: Point, table: List[Row], n: int) -> Point:
    """The total and n times the point of the table."""
    x, y, z, t = total
    for row, byte in zip(table, n.to_bytes(32, "little")):
        if byte:
            less, more, twice = row[byte]
            a, b, c, d = (y - x) * less % P, (y + x) * more % P, t * twice % P, z + z
            e, f, g, h = b - a, d - c, d + c, b + a
            x, y, z, t = e * f % P, g * h % P, f * g % P, e * h % P
    return x, y, z, t


_BY = 4 * pow(5, P - 2, P) % P
_BASE = _point(_BY.to_bytes(32, "little"))
_TABLES: Dict[bytes, Optional[List[Row]]] = {}


def _table_of(public: bytes) -> Optional[List[Row]]:
    """Of the key's negative; None for no key, or one of small order, which would sign anything."""
    if public not in _TABLES:
        point = _point(public)
        eight = point
        for _ in range(3):
            eight = _add(eight, eight) if eight else None
        if point is None or eight is None or eight[0] % P == 0:
            return None
        if len(_TABLES) > 16:
            _TABLES.clear()
        _TABLES[public] = _table((P - point[0], point[1], 1, P - point[3]))
    return _TABLES[public]


@functools.lru_cache(maxsize=8192)
def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's (RFC 8032 section 5.1.7, without the cofactor)."""
    if len(public) != 32 or len(signature) != 64 or _BASE is None:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    if b"base" not in _TABLES:
        _TABLES[b"base"] = _table(_BASE)
    base, minus_key = _TABLES[b"base"], _table_of(public)
    if base is None or minus_key is None:
        return False
    h = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L
    return _bytes_of(_times(_times(ZERO, base, s), minus_key, h)) == r


# --- trees, RFC 9162 section 2.1 ------------------------------------------------------------------------------


class Tree:
    """The roots of the full subtrees so far, the largest first."""

    def __init__(self) -> None:
        self.peaks: List[bytes] = []
        self.size = 0

    def add(self, leaf: bytes) -> None:
        size, peaks, sha256 = self.size, self.peaks, hashlib.sha256
        while size & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return hashlib.sha256().digest()
        found = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            found = hashlib.sha256(b"\x01" + peak + found).digest()
        return found


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


# --- where the files are --------------------------------------------------------------------------------------


class Folder:
    """A folder of files, or the ZIP of one."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.zip: Optional[zipfile.ZipFile] = None
        self.inside = ""
        if os.path.isfile(path):
            self.zip = zipfile.ZipFile(path)
            tops = [name for name in self.zip.namelist() if name.split("/")[-1] == "bulletin.json"]
            self.inside = min(tops, key=len)[: -len("bulletin.json")] if tops else ""

    def names(self) -> List[str]:
        if self.zip:
            found = [name for name in self.zip.namelist() if not name.endswith("/")]
            if len(set(found)) != len(found):
                twice = next(name for n, name in enumerate(found) if name in found[:n])
                raise Wrong("twice", name=os.path.basename(self.path), what=twice)
            size = len(self.inside)
            return sorted(n[size:] if n.startswith(self.inside) else "../" + n for n in found)
        found = []
        for root, folders, files in os.walk(self.path):
            links = [name for name in folders if os.path.islink(os.path.join(root, name))]
            for name in files + links:
                found.append(os.path.relpath(os.path.join(root, name), self.path).replace(os.sep, "/"))
        return sorted(found)

    def open(self, name: str) -> Any:
        try:
            if self.zip:
                return self.zip.open(self.inside + name)
            path = os.path.join(self.path, *name.split("/"))
            if not os.path.isfile(path):  # a pipe would keep us waiting for ever
                raise Wrong("missing_file", name=name)
            return open(path, "rb")
        except (OSError, KeyError) as error:
            raise Wrong("missing_file", name=name) from error

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            data = file.read(MOST_LINE + 1)
        if len(data) > MOST_LINE:
            raise Wrong("long_line", name=name)
        return bytes(data)

    def lines(self, name: str) -> Iterator[bytes]:
        with self.open(name) as file:
            while True:
                line = file.readline(MOST_LINE + 1)
                if not line:
                    return
                if len(line) > MOST_LINE:
                    raise Wrong("long_line", name=name)
                yield line[:-1] if line.endswith(b"\n") else line

    def digest(self, name: str) -> str:
        found = hashlib.sha256()
        with self.open(name) as file:
            for part in iter(lambda: file.read(1 << 20), b""):
                found.update(part)
        return found.hexdigest()


class Memory(Folder):
    """The same, of files in memory."""

    def __init__(self, files: Dict[str, bytes]) -> None:
        self.files = files

    def names(self) -> List[str]:
        return sorted(self.files)

    def open(self, name: str) -> Any:
        if name not in self.files:
            raise Wrong("missing_file", name=name)
        return io.BytesIO(self.files[name])


def text_of(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Wrong("not_text", name=name) from error


def _no_constant(_: str) -> Any:
    raise ValueError("no number")


def _once(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


_DECODER = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_once)


def json_of(data: bytes, name: str) -> Any:
    try:
        return _DECODER.decode(text_of(data, name))
    except (ValueError, RecursionError) as error:
        raise Wrong("not_json", name=name) from error


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 53


def need(condition: object, name: str, field: str) -> None:
    if not condition:
        raise Wrong("bad_field", name=name, field=field)


def base64_of(value: Any) -> bytes:
    """Base64 in its one way of writing; ValueError otherwise."""
    if not isinstance(value, str):
        raise ValueError("not text")
    data = base64.b64decode(value.encode("ascii"), validate=True)
    if base64.b64encode(data).decode() != value:
        raise ValueError("written in a second way")
    return data


_SALT = re.compile("[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
"""32 bytes in base64, in its one way of writing."""
_BEFORE = {
    name: b"deliberate/field/1\x00" + name.encode() + b"\x00"
    for names in (*FIELDS.values(), ("household", "owner", "area", "homes"))
    for name in names
}


def opened(held: str, name: str, opening: Any) -> Optional[str]:
    """The value that an opening [salt, value] shows for a commitment; None where it does not fit."""
    try:
        salt, value = opening
        if not _SALT.fullmatch(salt):
            return None
        said = _BEFORE[name] + binascii.a2b_base64(salt) + value.encode("utf-8")
    except (ValueError, TypeError, AttributeError):
        return None
    return str(value) if hashlib.sha256(said).hexdigest() == held else None


# --- signed notes and checkpoints (C2SP) ----------------------------------------------------------------------


def key_id(name: str, public: bytes) -> bytes:
    """Four bytes by which a note tells its signers apart."""
    return hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]


class Head:
    """A checkpoint and the signatures below it."""

    def __init__(self, name: str, data: bytes) -> None:
        try:
            text = data.decode("utf-8")
            said, gap, below = text.rpartition("\n\n")
            lines = below.split("\n")
            if not gap or lines.pop() or not 0 < len(lines) <= 64:
                raise ValueError("no signatures")
            if any(ch < " " for ch in text.replace("\n", "")):
                raise ValueError("control characters")
            self.name, self.body = name, said + "\n"
            self.origin, size, root, *self.extensions = said.split("\n")
            if not re.fullmatch("0|[1-9][0-9]{0,15}", size):
                raise ValueError("no size")
            self.size, self.root = int(size), base64_of(root)
            if len(self.root) != 32 or not self.origin or not all(self.extensions):
                raise ValueError("no checkpoint")
            self.signatures = [self._signature(line) for line in lines]
        except (ValueError, binascii.Error) as error:
            raise Wrong("bad_note", name=name) from error

    @staticmethod
    def _signature(line: str) -> Tuple[str, bytes, bytes]:
        dash, name, encoded = line.split(" ")
        data = base64_of(encoded)
        if dash != "\u2014" or not name or "+" in name or len(data) < 5:
            raise ValueError("no signature")
        return name, data[:4], data[4:]

    def signed_by(self, keys: Sequence[Tuple[str, bytes]]) -> Optional[bool]:
        """True: by one of the keys; False: a signature in a key's name is wrong; None: by none of them."""
        found = None
        for name, public in keys:
            own = key_id(name, public)
            for signer, identity, signature in self.signatures:
                if signer == name and identity == own:
                    if not ed25519(public, self.body.encode(), signature):
                        return False
                    found = True
        return found

    def says(self, word: str) -> List[List[str]]:
        """The extension lines that begin with the word, split."""
        return [line.split(" ")[1:] for line in self.extensions if line.split(" ")[0] == word]


# --- where a household stands ---------------------------------------------------------------------------------

Consent = Tuple[int, str, str, Optional[str], bool, Tuple[str, ...]]
"""Position, hash, deed, answer, late, hashes that it replaces."""


def standing(records: Sequence[Consent]) -> str:
    """A record stands while it is not late and no other that is not late replaces it.

    Those that stand agree, and that is the household's answer; or differ, and then it counts for neither side.
    """
    if len(records) == 1 and records[0][3] and not records[0][4]:
        return records[0][3]
    counted = [r for r in records if not r[4]]
    replaced = {old for r in counted for old in r[5]}
    tops = [r for r in counted if r[1] not in replaced]
    answers = {r[3] for r in tops if r[3] is not None}
    if len(answers) > 1:
        return "contradiction"
    if answers:
        return str(answers.pop())
    if any(r[2] == "withdrawal" for r in tops):
        return "withdrawn"
    if tops:
        return "invalid"
    return "late" if records else "silent"


def before(records: Sequence[Consent], position: int) -> Sequence[Consent]:
    """Those of a household's records, which come by position, that stood in the ledger before it."""
    if not records or records[-1][0] < position:
        return records
    return [record for record in records if record[0] < position]


# --- rules ----------------------------------------------------------------------------------------------------


def check_rules(rules: Any) -> Fraction:
    """The highest threshold of all households that the rules ask; Wrong below 4/5 or where they are none."""
    highest = Fraction(0)
    need(isinstance(rules, list) and rules, "bulletin.json", "rules")
    for rule in rules:
        need(isinstance(rule, dict) and rule.get("unit") in ("household", "owner"), "bulletin.json", "rules")
        need(isinstance(rule.get("tests"), list) and rule["tests"], "bulletin.json", "rules")
        need(isinstance(rule.get("id"), str) and isinstance(rule.get("basis"), str), "bulletin.json", "rules")
        for test in rule["tests"]:
            check_test(test)
            if rule["unit"] == "household":
                highest = max(highest, _household_share(test))
    if highest < Fraction(4, 5):
        raise Wrong("rule_low")
    return highest


def check_test(test: Any) -> None:
    words = {
        "kind": ("gate", "approval"),
        "measure": ("agree", "participate"),
        "weight": ("one", "area"),
        "base": ("all", "participating"),
        "op": (">=", ">"),
    }
    well = isinstance(test, dict) and all(test.get(name) in known for name, known in words.items())
    well = well and whole(test.get("num")) and whole(test.get("den")) and 0 < test["num"] <= test["den"]
    need(well, "bulletin.json", "rules")


def _household_share(test: Dict[str, Any]) -> Fraction:
    """What one test asks of all households; a share of fewer is none of the rule's. Below 4/5 it is Wrong."""
    asked = tuple(test[name] for name in ("kind", "measure", "weight", "base"))
    if asked != ("approval", "agree", "one", "all"):
        return Fraction(0)
    share = Fraction(test["num"], test["den"])
    if share < Fraction(4, 5):
        raise Wrong("rule_low")
    return share


def judge(rules: Any, places: Dict[str, Dict[str, Dict[str, int]]]) -> Tuple[List[Dict[str, Any]], str]:
    """Every test of every rule in whole numbers, and the outcome that follows."""
    rows: List[Dict[str, Any]] = []
    for rule in rules:
        for test in rule["tests"]:
            at = places[rule["unit"]]
            weight = test["weight"]
            taking_part = at["participating"][weight]
            base = at["roll"][weight] if test["base"] == "all" else taking_part
            have = at["agree"][weight] if test["measure"] == "agree" else taking_part
            num, den, strict = test["num"], test["den"], test["op"] == ">"
            passed = base > 0 and (have * den > base * num if strict else have * den >= base * num)
            least = base * num // den + 1 if strict else -(-base * num // den)
            row = {name: test[name] for name in ("kind", "measure", "weight", "base", "op", "num", "den")}
            row.update(rule=rule["id"], unit=rule["unit"], basis=rule["basis"])
            row.update(of=base, need=least, have=have, passed=passed)
            rows.append(row)
    failed = {row["kind"] for row in rows if not row["passed"]}
    outcome = "no_valid_decision" if "gate" in failed else "rejected" if failed else "adopted"
    return rows, outcome


def frame_of(figures: Dict[str, Any], share: Fraction) -> Tuple[str, int, int]:
    """What a check of this sheet draws from, and how many of those must be wrong for another outcome."""
    at = figures["electorates"]["household"]
    roll, agree = at["roll"]["one"], at["agree"]["one"]
    least = -(-roll * share.numerator // share.denominator)
    if figures["outcome"] == "adopted":
        return "consents", agree, agree - least + 1
    if figures["outcome"] == "rejected" and agree < least:
        return "non_consents", roll - agree, least - agree
    return "full", agree, 0


def chance(frame: int, wrong: int, allowed: int, n: int) -> Tuple[int, int]:
    """sum_{j<=k} C(wrong, j) C(frame-wrong, n-j), and C(frame, n)."""
    terms = (math.comb(wrong, j) * math.comb(frame - wrong, n - j) for j in range(min(allowed, n) + 1))
    return sum(terms), math.comb(frame, n)


def least_sample(frame: int, wrong: int, allowed: int, percent: int) -> Optional[int]:
    """The least n with sum_{j<=k} C(wrong, j) C(frame-wrong, n-j) / C(frame, n) <= percent/100, in whole numbers.

    The chance only falls as n grows, so the least n is found by halving.
    """

    def keeps(n: int) -> bool:
        few, all_of_them = chance(frame, wrong, allowed, n)
        return few * 100 <= percent * all_of_them

    if not keeps(frame):
        return None
    low, high = 0, 1
    while not keeps(min(high, frame)):
        low, high = high, high * 2
    high = min(high, frame)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return high


# --- the checks -----------------------------------------------------------------------------------------------


class Event:
    """A record of this round: where it stands, what it is, and what of it is public."""

    __slots__ = ("hash", "kind", "leaf", "position", "values")

    def __init__(self, position: int, leaf_hash: str, kind: str, values: Dict[str, str], leaf: str) -> None:
        self.position, self.hash, self.kind, self.values, self.leaf = position, leaf_hash, kind, values, leaf


class Checking:
    """How far the spot check has come: nothing of it is done twice, and nothing but a full recheck follows a failure."""

    def __init__(self) -> None:
        self.plan: Dict[str, Any] = {}
        self.sheet = 0
        """For which the plan was made."""
        self.drawn: List[str] = []
        self.verdict = "pending"
        self.proved = 0
        """The newest sheet that the check stands behind."""

    def may(self, step: str) -> bool:
        """Whether the step may follow now."""
        if step == "plan":
            return not self.drawn and self.verdict == "pending"
        if step == "draw":
            sampled = self.plan and self.plan["kind"] != "full"
            return bool(sampled) and not self.drawn and self.verdict == "pending"
        if step == "verdict":
            return bool(self.drawn) and self.verdict in ("pending", "confirmed")
        if step == "recheck":
            full = self.plan and self.plan["kind"] == "full" and self.verdict == "pending"
            return bool(full) or self.verdict == "recheck_needed"
        return self.verdict in ("recheck", "rechecked")


class Verifier:
    """One bulletin, checked step by step; a step that fails stops only those that rest on it."""

    def __init__(
        self,
        folder: Any,
        anchored: Iterable[Tuple[str, bytes]] = (),
        receipts: Iterable[Tuple[str, bytes]] = (),
        auditor: Optional[bytes] = None,
    ) -> None:
        self.folder, self.anchored_files = folder, list(anchored)
        self.receipts, self.auditor_file = list(receipts), auditor
        self.results: List[Dict[str, Any]] = []
        self.broken: Dict[str, bool] = {}
        self.meta: Dict[str, Any] = {}
        self.tree: List[bytes] = []
        self.heads: List[Head] = []
        self.keys: List[Tuple[str, bytes]] = []
        self.slots: Dict[str, str] = {}
        self.roll_texts: Dict[str, str] = {}
        self.public: List[Event] = []
        self.consents: Dict[str, List[Consent]] = {}
        self.consent_at: Dict[str, str] = {}
        self.other_text: Optional[int] = None
        self.sheets: List[Dict[str, Any]] = []
        self.places: Dict[str, Dict[str, int]] = {}
        self.standings: Dict[str, str] = {}
        self.sheet_at: List[int] = []
        self.checking = Checking()
        self.rechecked: List[int] = []

    def run(self) -> bool:
        """Every check in turn; whether none failed."""
        self._step("format", self.format)
        self._step("files", self.files)
        self._step("tree", self.read_tree, "format")
        self._step("heads", self.read_heads, "tree")
        self._step("anchored", self.anchored, "heads")
        self._step("roll", self.read_roll, "format")
        self._step("events", self.read_events, "tree")
        self._step("text", self.text, "events")
        self._step("slots", self.check_slots, "events", "roll")
        self._step("order", self.order, "events", "roll")
        self._step("rules", self.rules, "events")
        self._step("sheet", self.check_sheets, "events")
        self._step("recount", self.recount, "sheet", "slots", "order", "rules")
        self._step("threshold", self.threshold, "recount")
        self._step("objections", self.objections, "events")
        self._step("audit", self.audit, "recount")
        self._step("outcome", self.outcome, "threshold")
        if not self.receipts:
            self._skip("receipt", "no_receipts", name="")
        for name, data in self.receipts:
            self._step("receipt", lambda data=data: self.receipt(data), "events", name=name)
        if self.auditor_file is not None:
            self._step("auditor", self.auditor, "recount")
        return all(result["ok"] is not False for result in self.results)

    def _step(self, check: str, does: Any, *rests_on: str, **named: Any) -> None:
        """Run one check; whatever goes wrong in it is a failed check with a sentence."""
        for other in rests_on:
            if self.broken.get(other):
                self.broken[check] = True
                self._say(check, False, "needs", {"what": "@" + other}, named)
                return
        try:
            key, params = does()
            self._say(check, None if key.startswith("no_") else True, key, params, named)
        except Wrong as wrong:
            self.broken[check] = True
            self._say(check, False, wrong.key, wrong.params, named)
        except (Exception, RecursionError, MemoryError) as error:  # a verifier that breaks must say FAIL
            self.broken[check] = True
            self._say(check, False, "crash", {"what": type(error).__name__}, named)

    def _skip(self, check: str, key: str, **named: Any) -> None:
        self._say(check, None, key, {}, named)

    def _say(
        self, check: str, ok: Optional[bool], key: str, params: Dict[str, Any], named: Dict[str, Any]
    ) -> None:
        self.results.append({"check": check, "ok": ok, "key": key, "params": params, "named": named})

    # --- what the bulletin says of itself

    def format(self) -> Tuple[str, Dict[str, Any]]:
        name = "bulletin.json"
        meta = json_of(self.folder.read(name), name)
        need(isinstance(meta, dict), name, "format")
        if meta.get("format") != FORMAT:
            raise Wrong("wrong_format", got=str(meta.get("format"))[:60], want=FORMAT)
        need(meta.get("kind") in ("preliminary", "final"), name, "kind")
        need(isinstance(meta.get("origin"), str) and meta["origin"], name, "origin")
        need(re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}", str(meta.get("round"))), name, "round")
        need(re.fullmatch(HEX, str(meta.get("plan"))), name, "plan")
        roll = meta.get("roll")
        need(isinstance(roll, dict) and whole(roll.get("size")) and roll["size"] > 0, name, "roll")
        need(re.fullmatch(HEX, str(roll.get("root"))), name, "roll")
        need(isinstance(roll.get("electorates"), dict) and roll["electorates"], name, "roll")
        for unit, number in roll["electorates"].items():
            need(unit in ("household", "owner") and whole(number), name, "roll")
        need(isinstance(meta.get("keys"), list) and meta["keys"], name, "keys")
        for row in meta["keys"]:
            need(isinstance(row, dict) and isinstance(row.get("name"), str), name, "keys")
            public = self._public(row)
            need(len(public) == 32, name, "keys")
            self.keys.append((row["name"], public))
        self.meta = meta
        return "ok_format", {"kind": "@" + meta["kind"], "round": meta["round"], "plan": meta["plan"][:12]}

    @staticmethod
    def _public(row: Dict[str, Any]) -> bytes:
        try:
            return base64_of(row.get("public"))
        except (ValueError, binascii.Error):
            return b""

    def files(self) -> Tuple[str, Dict[str, Any]]:
        listed = {}
        for number, line in enumerate(self.folder.lines("SHA256SUMS"), 1):
            found = re.fullmatch("(%s)  ([^\n]+)" % HEX, text_of(line, "SHA256SUMS"))
            if not found:
                raise Wrong("bad_hash", name="SHA256SUMS", line=number)
            listed[found.group(2)] = found.group(1)
        present = self.folder.names()
        for name in present:
            if name != "SHA256SUMS" and name not in listed:
                raise Wrong("unlisted", name=name)
        for name, digest in listed.items():
            if name not in present:
                raise Wrong("missing_file", name=name)
            if self.folder.digest(name) != digest:
                raise Wrong("damaged", name=name)
        return "ok_files", {"n": len(listed)}

    def read_tree(self) -> Tuple[str, Dict[str, Any]]:
        for number, line in enumerate(self.folder.lines("tree.txt"), 1):
            if len(line) != 64 or line != line.lower():
                raise Wrong("bad_hash", name="tree.txt", line=number)
            try:
                self.tree.append(bytes.fromhex(line.decode("ascii")))
            except ValueError:
                raise Wrong("bad_hash", name="tree.txt", line=number) from None
            if len(self.tree[-1]) != 32:
                raise Wrong("bad_hash", name="tree.txt", line=number)
        if len(set(self.tree)) != len(self.tree):
            raise Wrong("twice", name="tree.txt", what="—")
        return "ok_tree", {"n": len(self.tree)}

    def read_heads(self) -> Tuple[str, Dict[str, Any]]:
        names = [n for n in self.folder.names() if n.startswith("heads/")]
        heads = [Head(name, self.folder.read(name)) for name in names]
        if not heads:
            raise Wrong("no_heads")
        heads.sort(key=lambda head: head.size)
        tree = Tree()
        for head in heads:
            self._check_head(head)
            if head.size > len(self.tree):
                raise Wrong("too_large", name=head.name, size=head.size, have=len(self.tree))
            while tree.size < head.size:
                tree.add(self.tree[tree.size])
            if tree.root() != head.root:
                raise Wrong("not_prefix", name=head.name, size=head.size)
        self.heads = heads
        if heads[-1].size != len(self.tree):
            raise Wrong("not_covered", size=heads[-1].size, have=len(self.tree))
        keys = [key for key in self.keys if any(head.signed_by([key]) for head in heads)]
        named = ", ".join(name + "+" + key_id(name, public).hex() for name, public in keys)
        return "ok_heads", {"n": len(heads), "size": heads[-1].size, "key": named}

    def _check_head(self, head: Head) -> None:
        found = re.fullmatch(r"heads/([0-9]+)-[0-9A-Za-z]+\.note", head.name)
        if not found or found.group(1) != str(head.size):
            raise Wrong("misnamed", name=head.name)
        if head.origin != self.meta["origin"]:
            raise Wrong("bad_origin", name=head.name, got=head.origin[:80])
        if not head.signed_by(self.keys):
            raise Wrong("not_signed", name=head.name)

    # --- what somebody else kept

    def anchored(self) -> Tuple[str, Dict[str, Any]]:
        if not self.anchored_files:
            return "no_anchored", {}
        number, known = 0, set()
        for name, data in self.anchored_files:
            found = kept(name, data)
            if not any(found):
                raise Wrong("bad_anchored", name=name)
            notes, keys, marks = found
            for key in keys:
                if key not in self.keys:
                    raise Wrong("anchor_key")
            known.update(keys)
            for note in notes:
                self._find(note.size, note.root.hex(), note.root)
                own = [n for n in note.signatures if n[0] in [name for name, _ in self.keys]]
                if own and not note.signed_by(self.keys):
                    raise Wrong("anchor_key")
                known.update(key for key in self.keys if note.signed_by([key]))
            for size, mark, test in marks:
                self._find(size, mark, test)
            number += len(notes) + len(keys) + len(marks)
        self._find_strangers(sorted(known))
        return "ok_anchored", {"n": number}

    def _find_strangers(self, known: List[Tuple[str, bytes]]) -> None:
        """Who kept a key, alone or under a head, believes no head that another key signed."""
        strange = [head.size for head in self.heads if not head.signed_by(known)] if known else []
        if strange:
            few = ", ".join(str(size) for size in strange[:5])
            raise Wrong("anchor_other_key", sizes=few + (", …" if len(strange) > 5 else ""))

    def _find(self, size: int, mark: str, test: Any) -> None:
        """A head of this size and root must be among the bulletin's."""
        if size > len(self.tree):
            raise Wrong("anchor_newer", size=size, have=len(self.tree))
        of_size = [head for head in self.heads if head.size == size]
        if not of_size:
            raise Wrong("anchor_missing", size=size, root=mark[:24])
        for head in of_size:
            if test != head.root if isinstance(test, bytes) else not test(head.root):
                raise Wrong("anchor_differs", size=size)

    # --- the roll

    def read_roll(self) -> Tuple[str, Dict[str, Any]]:
        tree, last, counts = Tree(), "", {"household": 0, "owner": 0}
        for number, line in enumerate(self.folder.lines("roll.jsonl"), 1):
            text = json_of(line, "roll.jsonl")
            found = ROLL_LEAF.fullmatch(text) if isinstance(text, str) else None
            if not found:
                raise Wrong("bad_roll_line", line=number)
            slot, unit = found.group(1), found.group(2)
            if slot in self.slots:
                raise Wrong("twice", name="roll.jsonl", what=slot)
            if slot < last:
                raise Wrong("unsorted", name="roll.jsonl", line=number)
            last = slot
            self.slots[slot] = unit
            if self.auditor_file is not None:
                self.roll_texts[slot] = text
            counts[unit] += 1
            tree.add(leaf_hash(text.encode()))
        said = self.meta["roll"]
        for unit, have in counts.items():
            if said["electorates"].get(unit, 0) != have:
                raise Wrong("roll_size", got=have, want=said["electorates"].get(unit, 0))
        if said["size"] != counts["household"]:
            raise Wrong("roll_size", got=counts["household"], want=said["size"])
        if tree.root().hex() != said["root"]:
            raise Wrong("roll_root", what="@the_bulletin")
        return "ok_roll", {"n": counts["household"], "root": said["root"][:12]}

    # --- every record of the round

    def read_events(self) -> Tuple[str, Dict[str, Any]]:
        last, shown, foreign, total = -1, set(), [], 0
        for number, line in enumerate(self.folder.lines("events.jsonl"), 1):
            row = json_of(line, "events.jsonl")
            if (
                not isinstance(row, dict)
                or not whole(row.get("position"))
                or not isinstance(row.get("leaf"), str)
            ):
                raise Wrong("bad_event", line=number)
            position, openings = row["position"], row.get("openings")
            if not isinstance(openings, dict):
                raise Wrong("bad_event", line=number)
            if position <= last:
                raise Wrong("unsorted", name="events.jsonl", line=number)
            last = position
            if position >= len(self.tree) or leaf_hash(row["leaf"].encode()) != self.tree[position]:
                raise Wrong("not_in_tree", position=position)
            shown.add(position)
            if self._read_event(number, position, row["leaf"], openings):
                total += 1
            else:
                foreign.append(position)
        opening = self._one("opening")
        for position in range(opening.position, len(self.tree)):
            if position not in shown:
                raise Wrong("not_shown", position=position)
        return "ok_events", {"n": total}

    def _read_event(self, number: int, position: int, leaf: str, openings: Dict[str, Any]) -> bool:
        """Whether the record is of this round; Wrong when anything of it does not match its leaf."""
        kind = leaf.split("\n", 2)[1] if leaf.count("\n") > 1 else ""
        found = LEAF[kind].fullmatch(leaf) if kind in LEAF else None
        if not found:
            raise Wrong("bad_event", line=number)
        at, values = AT[kind], {}
        for name, opening in openings.items():
            value = opened(found.group(at[name]), name, opening) if name in at else None
            if value is None:
                raise Wrong("bad_opening", position=position, field=name[:40])
            values[name] = value
        if "round" not in values:
            raise Wrong("not_opened", position=position, field="round")
        if values["round"] != self.meta["round"]:
            return False
        for name in PUBLIC[kind]:
            if name not in values:
                raise Wrong("not_opened", position=position, field=name)
        digest = self.tree[position].hex()
        if kind == "consent":
            self._keep(position, digest, values)
        else:
            self.public.append(Event(position, digest, kind, values, leaf))
        return True

    def _keep(self, position: int, digest: str, values: Dict[str, str]) -> None:
        deed, answer = values["deed"], values["answer"] or None
        well = answer is None or answer in ANSWERS
        if deed in ("withdrawal", "voiding"):
            well = answer is None
        elif deed in ("answer", "change", "correction"):
            well = well and answer is not None
        elif deed != "settlement":
            well = False
        replaced = tuple(values["supersedes"].split(" ")) if values["supersedes"] else ()
        if not well or values["late"] not in ("0", "1") or len(set(replaced)) != len(replaced):
            raise Wrong("bad_deed", position=position)
        if values["plan"] != self.meta["plan"] and self.other_text is None:
            self.other_text = position
        slot = sys.intern(values["slot"])
        record = (position, digest, sys.intern(deed), answer, values["late"] == "1", replaced)
        self.consents.setdefault(slot, []).append(record)
        self.consent_at[digest] = slot

    def _of(self, kind: str) -> List[Event]:
        return [event for event in self.public if event.kind == kind]

    def _one(self, kind: str) -> Event:
        found = self._of(kind)
        if len(found) != 1:
            raise Wrong("one_needed", what="@" + (kind if kind != "outcome" else "outcome_of"), n=len(found))
        return found[0]

    def text(self) -> Tuple[str, Dict[str, Any]]:
        if self.other_text is not None:
            raise Wrong("other_text", position=self.other_text)
        opening = self._one("opening")
        if opening.values["plan"] != self.meta["plan"]:
            raise Wrong("other_text", position=opening.position)
        return "ok_text", {"n": len(self.consent_at)}

    def check_slots(self) -> Tuple[str, Dict[str, Any]]:
        for slot, records in self.consents.items():
            if slot not in self.slots:
                raise Wrong("ghost", position=records[0][0])
        said, opening = self.meta["roll"], self._one("opening")
        if opening.values["roll_root"] != said["root"]:
            raise Wrong("roll_root", what="@the_opening")
        if opening.values["size"] != str(said["size"]):
            raise Wrong("roll_size", got=said["size"], want=opening.values["size"][:20])
        roles = set()
        for event in self._of("roll"):
            roles.add(event.values["role"])
            if event.values["roll_root"] != said["root"]:
                raise Wrong("roll_root", what="@certificate")
            if event.values["size"] != str(said["size"]):
                raise Wrong("roll_size", got=said["size"], want=event.values["size"][:20])
        if not {"registrar", "scrutineer"} <= roles:
            raise Wrong("no_certificate")
        locked = {
            "roll": [said["root"], str(said["size"])],
            "rules": [_sha256(opening.values["rules"])],
            "plan": [opening.values["plan"]],
        }
        self._facts("opening", opening.position, locked)
        return "ok_slots", {"n": len(self.consents)}

    def _facts(self, step: str, position: int, facts: Dict[str, List[str]]) -> None:
        """What heads of this round's step say beside their root; none may be older than the record of the step."""
        heads = [head for head in self.heads if [self.meta["round"]] in head.says(step)]
        what = "@" + (step if step != "final" else "outcome_of")
        if not heads:
            raise Wrong("no_head_for", what=what)
        for head in heads:
            if head.size <= position:
                raise Wrong("head_earlier", name=head.name, what=what)
            for word, value in facts.items():
                if head.says(word) != [value]:
                    raise Wrong("head_differs", name=head.name, field=word)

    def order(self) -> Tuple[str, Dict[str, Any]]:
        opening, closing = self._one("opening").position, self._one("closing").position
        replaced = set()
        for slot, records in self.consents.items():
            for position, _, deed, _, _, older in records:
                if position < opening:
                    raise Wrong("before_opening", position=position)
                if bool(older) == (deed == "answer"):
                    raise Wrong("bad_supersedes", position=position)
                for one in older:
                    if self.consent_at.get(one) != slot or one in replaced:
                        raise Wrong("bad_supersedes", position=position)
                    replaced.add(one)
        self._check_steps()
        self._check_clocks()
        self._check_after_closing(closing)
        self._check_after_outcome()
        return "ok_order", {"n": len(replaced)}

    def _check_steps(self) -> None:
        """Certified, opened, extended, closed, counted and signed, one after the other; objections each once."""
        opening, closing = self._one("opening").position, self._one("closing").position
        sheets = {event.values["n"]: event.position for event in self._of("sheet")}
        span = {"roll": (-1, opening), "extension": (opening, closing), "closing": (opening, len(self.tree))}
        filed: Dict[str, int] = {}
        for event in self.public:
            first, last = span.get(event.kind, (opening, len(self.tree)))
            if event.kind in ("sheet", "check", "outcome"):
                first = closing
            elif event.kind == "sheet_signature":
                first = sheets.get(event.values["n"], len(self.tree))
            elif event.kind == "recheck":
                first = filed.get("objection " + event.values["number"], len(self.tree))
            if event.kind != "opening" and not first < event.position < last:
                raise Wrong("bad_order", position=event.position)
            if event.kind in ("objection", "recheck"):
                name = event.kind + " " + event.values["number"]
                if name in filed:
                    raise Wrong("objection_differs", n=event.values["number"][:20])
                filed[name] = event.position

    def _check_clocks(self) -> None:
        """Deadlines move forward only, before they pass; nobody closes earlier than that, unless all have answered."""
        opening, closing = self._one("opening").values, self._one("closing")
        until = opening["answer_until"]
        times = [opening["time"], until, opening["register_until"], opening["settle_until"]]
        for event in self._of("extension"):
            v = event.values
            if v["old_until"] != until or not v["time"] < until < v["new_until"]:
                raise Wrong("bad_extension", position=event.position)
            until = v["new_until"]
        said = [
            *times,
            until,
            closing.values["time"],
            *(event.values["time"] for event in self._of("outcome")),
        ]
        if not all(MOMENT.fullmatch(one) for one in said) or times != sorted(times):
            raise Wrong("bad_time")
        if any(event.values["time"] < closing.values["time"] for event in self._of("outcome")):
            raise Wrong("bad_time")
        if closing.values["time"] < max(until, opening["settle_until"]):
            waiting = sum(self._stood(slot, closing.position) not in ANSWERS for slot in self.slots)
            if waiting:
                raise Wrong("closed_early", n=waiting)

    def _check_after_closing(self, closing: int) -> None:
        """Only what a recheck does: an upheld objection voids; a full recheck puts right what forms show.

        Each such record replaces one that counts and carries an answer, and frees no side of a contradiction.
        """
        begun = [event.position for event in self._of("check") if event.values["step"] == "recheck"]
        full = begun[0] if begun else len(self.tree)
        changed = []
        for records in self.consents.values():
            if records[-1][0] < closing:
                continue
            after = [record for record in records if record[0] > closing]
            stood = standing(before(records, closing))
            if stood == "contradiction" and not any(record[2] == "correction" for record in after):
                raise Wrong("after_closing", position=after[0][0])
            known = {record[1]: record for record in records}
            for record in after:
                if not self._may_recheck(record, known, full):
                    raise Wrong("after_closing", position=record[0])
            changed += [record[0] for record in after]
        self.rechecked = [position for position in changed if position > full]
        upheld = self._upheld(closing)
        if len(changed) - len(self.rechecked) > upheld:
            raise Wrong("unasked_voiding", n=len(changed) - len(self.rechecked), rechecks=upheld)

    @staticmethod
    def _may_recheck(record: Consent, known: Dict[str, Consent], full: int) -> bool:
        position, _, deed, answer, late, older = record
        old = known.get(older[0]) if len(older) == 1 else None
        if late or old is None or old[3] is None or old[4]:
            return False
        return deed == "voiding" or (deed == "correction" and position > full and answer != old[3])

    def _upheld(self, closing: int) -> int:
        """Objections that were upheld after the closing, on grounds for which a record is voided."""
        grounds = {event.values["number"]: event.values["ground"] for event in self._of("objection")}
        return sum(
            event.position > closing
            and event.values["decision"] == "upheld"
            and grounds.get(event.values["number"]) in VOIDING_GROUNDS
            for event in self._of("recheck")
        )

    def _check_after_outcome(self) -> None:
        for outcome in self._of("outcome"):
            own = [event.position for event in self.public]
            own += [records[-1][0] for records in self.consents.values()]
            if max(own) > outcome.position:
                raise Wrong("after_outcome", position=max(own))

    def rules(self) -> Tuple[str, Dict[str, Any]]:
        rules = self.meta.get("rules")
        share = check_rules(rules)
        opening = self._one("opening").values
        if opening["rules"] != canonical(rules) or opening["scope"] != canonical(self.meta.get("scope")):
            raise Wrong("rule_changed")
        return "ok_rules", {"num": share.numerator, "den": share.denominator}

    # --- the count

    def check_sheets(self) -> Tuple[str, Dict[str, Any]]:
        name = "sheet.json"
        said = json_of(self.folder.read(name), name)
        need(isinstance(said, dict) and isinstance(said.get("sheets"), list), name, "sheets")
        events = {event.values["n"]: event for event in self._of("sheet")}
        if len(events) != len(self._of("sheet")) or len(said["sheets"]) != len(events):
            raise Wrong("sheet_numbers")
        signed: Dict[str, Set[str]] = {}
        for event in self._of("sheet_signature"):
            signed.setdefault(event.values["n"], set()).add(event.values["role"])
        at = self._one("closing").position
        for i, sheet in enumerate(said["sheets"]):
            need(isinstance(sheet, dict) and whole(sheet.get("n")), name, "n")
            need(isinstance(sheet.get("figures"), dict), name, "figures")
            n = str(sheet["n"])
            if n not in events or sheet["n"] != i or events[n].position < at:
                raise Wrong("sheet_numbers")
            at = events[n].position
            self.sheet_at.append(at)
            roles = sheet.get("signed")
            if canonical(sheet.get("figures")) != events[n].values["figures"]:
                raise Wrong("sheet_differs", n=n)
            if not isinstance(roles, list) or sorted(map(str, roles)) != sorted(signed.get(n, ())):
                raise Wrong("sheet_differs", n=n)
        if not said["sheets"]:
            raise Wrong("no_sheet")
        self.sheets = said["sheets"]
        first, newest = (_sha256(canonical(self.sheets[at]["figures"])) for at in (0, -1))
        self._facts("closing", self.sheet_at[0], {"sheet": [first]})
        if self.meta["kind"] == "final":
            outcome = str(self.sheets[-1]["figures"].get("outcome"))
            self._facts("final", self._one("outcome").position, {"sheet": [newest], "outcome": [outcome]})
        if self.meta["kind"] == "final" and not {"moderator", "scrutineer"} <= signed.get(n, set()):
            raise Wrong("sheet_unsigned")
        return "ok_sheet", {"n": len(self.sheets)}

    def recount(self) -> Tuple[str, Dict[str, Any]]:
        for sheet, at in zip(self.sheets, self.sheet_at):
            self._compare(sheet["figures"], self._before(at))
        key, newest, at = "ok_recount", self.sheets[-1]["figures"], self.sheet_at[-1]
        if any(records[-1][0] > at for records in self.consents.values()):
            try:
                self._compare(newest, self.consents)
            except Wrong:
                if self.meta["kind"] == "final":
                    raise
                self._compare(newest, self._before(at))
                key = "ok_recount_pending"
        ones = self.places["household"]
        return key, {name: ones[name] for name in ("roll", "no_response", *ANSWERS)}

    def _before(self, position: int) -> Dict[str, Sequence[Consent]]:
        """The records that stood in the ledger before that position."""
        return {slot: before(records, position) for slot, records in self.consents.items()}

    def _compare(self, figures: Any, consents: Mapping[str, Sequence[Consent]]) -> None:
        """A sheet against the records."""
        need(
            isinstance(figures, dict) and isinstance(figures.get("electorates"), dict),
            "sheet.json",
            "figures",
        )
        self.standings = {slot: standing(consents.get(slot, ())) for slot in self.slots}
        places = {unit: dict.fromkeys(STANDINGS, 0) for unit in set(self.slots.values())}
        for slot, unit in self.slots.items():
            places[unit][self.standings[slot]] += 1
        if set(figures["electorates"]) != set(places):
            raise Wrong("bad_field", name="sheet.json", field="electorates")
        for unit, ones in places.items():
            ones["no_response"] = sum(ones[name] for name in NOT_COUNTED)
            ones["participating"] = sum(ones[name] for name in ANSWERS)
            ones["roll"] = ones["no_response"] + ones["participating"]
            self._compare_unit(figures["electorates"][unit], ones, unit in self._by_area())
        if figures.get("roll") != places.get("household", {}).get("roll"):
            raise Wrong("count_differs", what="roll", got=len(self.slots), want=str(figures.get("roll"))[:20])
        self._check_channels(figures, places)
        self.places = places

    def _by_area(self) -> Set[str]:
        """The electorates that a test weighs by area."""
        rules = self.meta["rules"]
        return {rule["unit"] for rule in rules if any(test["weight"] == "area" for test in rule["tests"])}

    @staticmethod
    def _compare_unit(said: Any, ones: Dict[str, int], by_area: bool) -> None:
        need(isinstance(said, dict) and set(said) == set(ones), "sheet.json", "electorates")
        for name, number in ones.items():
            at = said[name]
            wanted = {"one", "area"} if by_area and name in WITH_AREA else {"one"}
            well = isinstance(at, dict) and set(at) == wanted and all(whole(one) for one in at.values())
            need(well, "sheet.json", name)
            if at["one"] != number:
                raise Wrong("count_differs", what="@" + name, got=number, want=at["one"])
        if by_area:
            agree, taking_part, roll = (said[name] for name in WITH_AREA)
            for less, more in ((agree, taking_part), (taking_part, roll)):
                alike = less["one"] == more["one"]
                if less["area"] > more["area"] or (alike and less["area"] != more["area"]):
                    raise Wrong("bad_areas")

    @staticmethod
    def _check_channels(figures: Dict[str, Any], places: Dict[str, Dict[str, int]]) -> None:
        """Only totals of households are public: an answer came over one channel, or over both."""
        said: Any = figures.get("channels")
        need(isinstance(said, dict) and set(said) == {"online", "paper"}, "sheet.json", "channels")
        need(all(whole(number) for number in said.values()), "sheet.json", "channels")
        answered = sum(places.get("household", {}).get(name, 0) for name in (*ANSWERS, "contradiction"))
        if max(said.values()) > answered or sum(said.values()) < answered:
            raise Wrong("bad_channels")

    def threshold(self) -> Tuple[str, Dict[str, Any]]:
        rules, last = self.meta["rules"], self.sheets[-1]["figures"]
        for sheet in (self.sheets[0], self.sheets[-1]):
            figures = sheet["figures"]
            missing = {rule["unit"] for rule in rules} - set(figures["electorates"])
            if missing:
                raise Wrong("bad_field", name="sheet.json", field="electorates")
            rows, outcome = judge(rules, figures["electorates"])
            said = figures.get("tests")
            need(isinstance(said, list), "sheet.json", "tests")
            for n, row in enumerate(rows):
                if n >= len(said) or said[n] != row:
                    raise Wrong("test_differs", n=n + 1)
            if len(said) != len(rows):
                raise Wrong("test_differs", n=len(rows) + 1)
            if figures.get("outcome") != outcome:
                raise Wrong("outcome_differs", got="@" + outcome, want=str(figures.get("outcome"))[:40])
        share = check_rules(rules)
        roll, have = self.places["household"]["roll"], self.places["household"]["agree"]
        least = -(-roll * share.numerator // share.denominator)
        if self._by_area() and not self.auditor_file:
            self._skip("threshold", "no_areas")
        return "ok_threshold", {"need": least, "have": have, "outcome": "@" + str(last["outcome"])}

    # --- after the count

    def objections(self) -> Tuple[str, Dict[str, Any]]:
        name = "objections.json"
        said = json_of(self.folder.read(name), name)
        need(isinstance(said, dict) and isinstance(said.get("objections"), list), name, "objections")
        filed = {event.values["number"]: event.values for event in self._of("objection")}
        done = {event.values["number"]: event.values for event in self._of("recheck")}
        rows = {}
        for row in said["objections"]:
            need(isinstance(row, dict), name, "objections")
            rows[str(row.get("number"))] = row
        for number in sorted(set(filed) | set(rows) | set(done)):
            row, decided = rows.get(number), done.get(number)
            if row is None or number not in filed or row.get("ground") != filed[number]["ground"]:
                raise Wrong("objection_differs", n=number[:20])
            if row.get("decision") != (decided["decision"] if decided else None):
                raise Wrong("objection_differs", n=number[:20])
            if self.meta["kind"] == "final" and decided is None:
                raise Wrong("objection_open", n=number[:20])
        return "ok_objections", {"n": len(filed)}

    def outcome(self) -> Tuple[str, Dict[str, Any]]:
        found, last = self._of("outcome"), self.sheets[-1]["figures"]
        if self.meta["kind"] != "final" and not found:
            if any([self.meta["round"]] in head.says("final") for head in self.heads):
                raise Wrong("one_needed", what="@outcome_of", n=0)
            return "no_outcome", {}
        values = self._one("outcome").values
        if values["outcome"] != last["outcome"]:
            raise Wrong("outcome_differs", got="@" + last["outcome"], want=values["outcome"][:40])
        if values["tests"] != canonical(last["tests"]):
            raise Wrong("test_differs", n=1)
        if self.meta["kind"] != "final":
            raise Wrong("bad_field", name="bulletin.json", field="kind")
        return "ok_outcome", {"outcome": "@" + last["outcome"]}

    def audit(self) -> Tuple[str, Dict[str, Any]]:
        name = "audit.json"
        said = json_of(self.folder.read(name), name)
        need(isinstance(said, dict) and isinstance(said.get("steps"), list), name, "steps")
        steps = []
        for row in said["steps"]:
            need(isinstance(row, dict) and isinstance(row.get("data"), dict), name, "steps")
            steps.append((str(row.get("step")), canonical(row["data"])))
        held = [(event.values["step"], event.values["data"]) for event in self._of("check")]
        if sorted(steps) != sorted(held):
            raise Wrong("audit_differs")
        self._audit_steps(
            [(e.position, e.values["step"], json.loads(e.values["data"])) for e in self._of("check")]
        )
        if self.meta["kind"] == "final" and self.checking.proved != len(self.sheets):
            raise Wrong("audit_none")
        if not held:
            return "no_audit", {}
        verdict = "recheck" if self.checking.verdict == "recheck_needed" else self.checking.verdict
        return "ok_audit", {"n": len(self.checking.drawn), "verdict": "@" + verdict}

    def _audit_steps(self, steps: List[Tuple[int, str, Dict[str, Any]]]) -> None:
        """In the ledger's order: each step may follow the one before it, and is of the sheet then in force."""
        self.checking = Checking()
        does = {
            "plan": self._audit_plan,
            "draw": self._audit_draw,
            "verdict": self._audit_verdict,
            "recheck": self._audit_recheck,
            "rechecked": self._audit_rechecked,
        }
        for position, step, data in steps:
            if step not in does or not self.checking.may(step):
                raise Wrong("audit_order", step=step[:20])
            does[step](position, data)

    def _in_force(self, position: int) -> int:
        """How many sheets there were: the number of the one that a step of the check is about."""
        return sum(at < position for at in self.sheet_at)

    def _audit_plan(self, position: int, data: Dict[str, Any]) -> None:
        """The frame, the least number of wrong answers, the least sample that keeps the risk limit, the risk."""
        names = ("frame", "wrong", "allowed", "sample", "risk_limit", "risk")
        well = all(whole(data.get(name)) for name in names)
        need(well and data["allowed"] <= 10 and 1 <= data["risk_limit"] <= 10, "audit.json", "plan")
        number = self._in_force(position)
        if number <= self.checking.sheet:
            raise Wrong("audit_order", step="plan")
        figures = self.sheets[number - 1]["figures"]
        kind, frame, wrong = frame_of(figures, check_rules(self.meta["rules"]))
        enough = least_sample(frame, wrong, data["allowed"], data["risk_limit"]) if wrong else None
        sample = risk = 0
        if enough is None or 2 * enough > frame:
            kind = "full"
        else:
            few, all_of_them = chance(frame, wrong, data["allowed"], enough)
            sample, risk = enough, -(-few * 10000 // all_of_them)
        if (data.get("kind"), data["frame"], data["wrong"]) != (kind, frame, wrong):
            raise Wrong("audit_differs")
        if data["sample"] != sample:
            raise Wrong("audit_size", got=data["sample"], want=sample)
        if data["risk"] != risk:
            raise Wrong("bad_field", name="audit.json", field="risk")
        self.checking.plan, self.checking.sheet = data, number

    def _audit_draw(self, position: int, data: Dict[str, Any]) -> None:
        """From what stood when the dice were thrown, in the order of SHA-256 over seed, comma and slot."""
        seed: Any = data.get("seed")
        sample: Any = data.get("slots")
        plan = self.checking.plan
        need(isinstance(seed, str) and re.fullmatch("[0-9]{20}", seed), "audit.json", "seed")
        need(
            isinstance(sample, list) and all(isinstance(slot, str) for slot in sample), "audit.json", "slots"
        )
        if len(sample) != plan["sample"]:
            raise Wrong("audit_size", got=len(sample), want=plan["sample"])
        if self._in_force(position) != self.checking.sheet:
            raise Wrong("audit_order", step="draw")
        frame = []
        for slot, unit in self.slots.items():
            agrees = self._stood(slot, position) == "agree"
            if unit == "household" and agrees == (plan["kind"] == "consents"):
                frame.append(slot)
        order = sorted(frame, key=lambda slot: (_sha256(seed + "," + slot), slot))
        if len(frame) != plan["frame"] or order[: len(sample)] != sample:
            raise Wrong("audit_sample")
        self.checking.drawn = sample

    def _stood(self, slot: str, position: int) -> str:
        return standing(before(self.consents.get(slot, ()), position))

    def _audit_verdict(self, position: int, data: Dict[str, Any]) -> None:
        """Confirmed only with no more differences than were allowed beforehand, and for the outcome drawn for.

        Whoever was not reached is a difference, and so is a consent of the sample that was voided since.
        """
        names = ("differences", "reached")
        need(data.get("result") in ("confirmed", "recheck_needed"), "audit.json", "result")
        need(all(whole(data.get(name)) for name in names), "audit.json", "verdict")
        result, differences, reached = data["result"], data["differences"], data["reached"]
        plan, drawn = self.checking.plan, self.checking.drawn
        self._audit_sheet(position, data)
        gone = 0
        if plan["kind"] == "consents":
            gone = sum(self._stood(slot, position) != "agree" for slot in drawn)
        fits = self.sheets[data["sheet"] - 1]["figures"]["outcome"] == SPEAKS_FOR[plan["kind"]]
        well = max(differences, reached) <= len(drawn) and differences >= max(gone, len(drawn) - reached)
        if not well or (result == "confirmed") != (fits and differences <= plan["allowed"]):
            raise Wrong("audit_verdict")
        self.checking.verdict = result
        if result == "confirmed":
            self.checking.proved = data["sheet"]

    def _audit_sheet(self, position: int, data: Dict[str, Any]) -> None:
        """A verdict is of the sheet in force."""
        need(whole(data.get("sheet")), "audit.json", "sheet")
        if data["sheet"] != self._in_force(position):
            raise Wrong("audit_differs")

    def _audit_recheck(self, _position: int, data: Dict[str, Any]) -> None:
        if data.get("failed") is not (self.checking.verdict == "recheck_needed"):
            raise Wrong("audit_verdict")
        self.checking.verdict = "recheck"

    def _audit_rechecked(self, position: int, data: Dict[str, Any]) -> None:
        """No more records were changed than forms were found to differ, or objections upheld."""
        well = (
            whole(data.get("forms")) and whole(data.get("differing")) and data["differing"] <= data["forms"]
        )
        need(well, "audit.json", "rechecked")
        self._audit_sheet(position, data)
        changed = sum(at < position for at in self.rechecked)
        told = data["differing"] + self._upheld(self._one("closing").position)
        if changed > told:
            raise Wrong("unasked_voiding", n=changed, rechecks=told)
        self.checking.verdict, self.checking.proved = "rechecked", data["sheet"]

    # --- what only some have

    def receipt(self, data: bytes) -> Tuple[str, Dict[str, Any]]:
        row = json_of(data, "receipt")
        if not isinstance(row, dict) or row.get("format") != "deliberate/receipt/1":
            raise Wrong("receipt_form")
        leaf, openings = row.get("leaf"), row.get("openings")
        if not isinstance(leaf, str) or not isinstance(openings, dict) or not LEAF["consent"].fullmatch(leaf):
            raise Wrong("receipt_form")
        found, erased = LEAF["consent"].fullmatch(leaf), []
        values = {}
        for name in FIELDS["consent"]:
            if name not in openings and name not in PUBLIC["consent"]:
                erased.append(name)
                continue
            value = opened(found.group(AT["consent"][name]), name, openings.get(name)) if found else None
            if value is None:
                raise Wrong("receipt_opening", field=name)
            values[name] = value
        if row.get("origin") != self.meta["origin"] or values["round"] != self.meta["round"]:
            raise Wrong("receipt_round")
        digest = leaf_hash(leaf.encode())
        promise = row.get("promise")
        if promise is not None and not self._promised(promise, digest):
            raise Wrong("receipt_promise")
        if digest not in set(self.tree):
            raise Wrong("receipt_missing")
        slot = self.consent_at.get(digest.hex())
        if slot is None or slot != values["slot"]:
            raise Wrong("receipt_hidden")
        position = next(r[0] for r in self.consents[slot] if r[1] == digest.hex())
        counts = self.standings.get(slot) or standing(self.consents[slot])
        if erased:
            return "ok_receipt_erased", {"position": position, "standing": "@" + counts, "n": len(erased)}
        return "ok_receipt", {"position": position, "standing": "@" + counts}

    def _promised(self, promise: Any, digest: bytes) -> bool:
        """Signed by a key for receipts that the heads name."""
        keys = {fact[0] for head in self.heads for fact in head.says("receipts") if len(fact) == 1}
        if not isinstance(promise, str):
            return False
        said, _, below = promise.rpartition("\n\n")
        lines = said.split("\n")
        if (
            len(lines) < 3
            or lines[0] != self.meta["origin"]
            or lines[1] != "promise 1"
            or digest.hex() not in lines[2]
        ):
            return False
        for line in below.split("\n"):
            parts = line.split(" ")
            try:
                signature = base64_of(parts[2]) if len(parts) == 3 else b""
            except (ValueError, binascii.Error):
                signature = b""
            if any(
                ed25519(self._public({"public": key}), (said + "\n").encode(), signature[4:]) for key in keys
            ):
                return True
        return False

    def auditor(self) -> Tuple[str, Dict[str, Any]]:
        row = json_of(self.auditor_file or b"", "auditor")
        well = isinstance(row, dict) and row.get("format") == "deliberate/auditor/1"
        if not well or not isinstance(row.get("roll"), dict) or not isinstance(row.get("events"), dict):
            raise Wrong("auditor_form")
        if row.get("round") != self.meta["round"]:
            raise Wrong("receipt_round")
        areas: Dict[str, int] = {}
        for slot, openings in row["roll"].items():
            found = ROLL_LEAF.fullmatch(self.roll_texts.get(slot, ""))
            if not found or not isinstance(openings, dict):
                raise Wrong("auditor_form")
            for name, opening in openings.items():
                at = ROLL_FIELDS.index(name) + 3 if name in ROLL_FIELDS else 0
                value = opened(found.group(at), name, opening) if at else None
                if value is None:
                    raise Wrong("auditor_opening", what=slot, field=name[:40])
                if name == "area":
                    if not re.fullmatch("[0-9]{1,15}", value):
                        raise Wrong("auditor_opening", what=slot, field=name)
                    areas[slot] = int(value)
        events = self._auditor_events(row["events"])
        if set(areas) == set(self.slots):
            self._sum_areas(areas)
        elif areas or not events:
            raise Wrong("auditor_form")
        return "ok_auditor", {"areas": len(areas), "events": events}

    def _auditor_events(self, rows: Dict[str, Any]) -> int:
        leaves = {}
        for line in self.folder.lines("events.jsonl"):
            leaf = json_of(line, "events.jsonl")["leaf"]
            digest = leaf_hash(leaf.encode()).hex()
            if digest in rows:
                leaves[digest] = leaf
        for digest, openings in rows.items():
            leaf = leaves.get(digest, "")
            kind = leaf.split("\n", 2)[1] if leaf else ""
            found = LEAF[kind].fullmatch(leaf) if kind in LEAF else None
            if not found or not isinstance(openings, dict):
                raise Wrong("auditor_form")
            for name, opening in openings.items():
                held = found.group(AT[kind][name]) if name in AT[kind] else ""
                if opened(held, name, opening) is None:
                    raise Wrong("auditor_opening", what=digest[:12], field=name[:40])
        return len(rows)

    def _sum_areas(self, areas: Dict[str, int]) -> None:
        sums: Dict[Tuple[str, str], int] = {}
        for slot, unit in self.slots.items():
            at = (unit, self.standings[slot])
            sums[at] = sums.get(at, 0) + areas[slot]
        said = self.sheets[-1]["figures"]["electorates"]
        parts = {"agree": ("agree",), "participating": ANSWERS, "roll": STANDINGS}
        for unit in self._by_area():
            places = said[unit]
            for name in WITH_AREA:
                have = sum(sums.get((unit, part), 0) for part in parts[name])
                if places[name]["area"] != have:
                    raise Wrong(
                        "auditor_areas", unit=unit, what="@" + name, got=have, want=places[name]["area"]
                    )


# --- heads that somebody kept ---------------------------------------------------------------------------------

_ALIKE = str.maketrans("018", "OIB")
"""These do not occur in base32: who reads them means the letters."""
Mark = Tuple[int, str, Any]
"""A size, the characters as they were read, and what the root must satisfy."""


def vkey(text: str) -> Optional[Tuple[str, bytes]]:
    """Name and key of a C2SP verifier key; None where it is none."""
    try:
        name, identity, encoded = text.split("+", 2)
        data = base64_of(encoded)
    except (ValueError, binascii.Error):
        return None
    digest = hashlib.sha256(name.encode() + b"\n" + data).hexdigest()
    if len(data) != 33 or data[0] != 1 or digest[:8] != identity:
        return None
    return name, data[1:]


def kept(name: str, data: bytes) -> Tuple[List[Head], List[Tuple[str, bytes]], List[Mark]]:
    """Everything that a file holds: whole heads, keys, and lines `SIZE CHARACTERS` as on a notice.

    The characters are the beginning of the root in base32 (16 or more), with spaces where the printer put them,
    or the whole root in base64 or hexadecimal. Also read: the state and the alarms of observe.py, which are JSON.
    """
    text = text_of(data, name)
    if text.lstrip()[:1] in ("{", "["):
        value = json_of(data, name)
        parts = [value] if isinstance(value, dict) else value
        texts = [str(v) for part in parts if isinstance(part, dict) for v in _strings(part)]
        texts += [str(part) for part in parts if isinstance(part, str)]
        text = "\n\n".join(texts)
    notes, keys, marks = [], [], []
    lines = text.replace("\r", "").split("\n")
    at = 0
    while at < len(lines):
        end = _end_of_note(lines, at)
        line = lines[at].strip()
        if end:
            notes.append(Head(name, ("\n".join(lines[at:end]) + "\n").encode()))
            at = end
            continue
        key, mark = vkey(line), _mark(line)
        if key:
            keys.append(key)
        if mark:
            marks.append(mark)
        at += 1
    return notes, keys, marks


def _strings(part: Dict[str, Any]) -> List[str]:
    found: List[str] = []
    for value in part.values():
        found += [str(one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    return found


def _end_of_note(lines: List[str], at: int) -> int:
    """Where the note that begins at this line ends; 0 where none begins."""
    if at + 2 >= len(lines) or not re.fullmatch("[0-9]{1,16}", lines[at + 1]) or not lines[at]:
        return 0
    if len(lines[at + 2]) != 44:
        return 0
    end = at
    while end < len(lines) and lines[end]:
        end += 1
    signed = end + 1
    while signed < len(lines) and lines[signed].startswith("\u2014 "):
        signed += 1
    return signed if signed > end + 1 else 0


def _mark(line: str) -> Optional[Mark]:
    found = re.fullmatch(r"([0-9]{1,16})[\s,:]+([^\s].*)", line)
    if not found:
        return None
    size, said = int(found.group(1)), found.group(2).strip()
    if re.fullmatch(HEX, said.lower()):
        return size, said, bytes.fromhex(said)
    try:
        root = base64_of(said)
        if len(root) == 32:
            return size, said, root
    except (ValueError, binascii.Error):
        pass
    letters = re.sub(r"[\s-]", "", said).upper().translate(_ALIKE)
    if not re.fullmatch("[A-Z2-7]{16,52}", letters):
        return None
    return size, said, lambda root: base64.b32encode(root).decode().startswith(letters)


# --- the report -----------------------------------------------------------------------------------------------


def tongue(asked: Optional[str]) -> int:
    """0 Chinese, 1 English."""
    if asked in ("zh", "en"):
        return 0 if asked == "zh" else 1
    said = next((os.environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), "")
    if not said:
        try:
            said = locale.getlocale()[0] or ""
        except ValueError:
            said = ""
    return 0 if said.lower().startswith(("zh", "chinese")) else 1


def phrase(key: str, params: Dict[str, Any], which: int) -> str:
    """The sentence, with words of ours (marked @) in the reader's language, and nothing that a terminal obeys."""
    said = {}
    for name, value in params.items():
        text = str(value)
        if text.startswith("@") and text[1:] in TEXTS:
            text = TEXTS[text[1:]][which]
        said[name] = "".join(ch if ch.isprintable() else "\ufffd" for ch in text)[:200]
    return TEXTS[key][which].format(**said)


def lines_of(verifier: Verifier, which: int) -> List[Dict[str, Any]]:
    """One row per check: ok (true, false, or null for what was not checked), its name, its sentence."""
    rows = []
    for result in verifier.results:
        rows.append(
            {
                "check": result["check"],
                "ok": result["ok"],
                "name": phrase(result["check"], result["named"], which).strip(),
                "text": phrase(result["key"], result["params"], which),
                "reason": result["key"],
            }
        )
    return rows


def report(verifier: Verifier, which: int) -> str:
    """What is printed: a line per check, then one sentence."""
    words = {True: "pass", False: "fail", None: "skip"}
    gap = ":" if which == 0 else ": "
    lines = [
        "%s  %s%s%s" % (TEXTS[words[row["ok"]]][which], row["name"], gap, row["text"])
        for row in lines_of(verifier, which)
    ]
    failed = sum(result["ok"] is False for result in verifier.results)
    lines += ["", phrase("not_well" if failed else "all_well", {"n": failed}, which)]
    if not failed:
        lines.append(TEXTS["limits"][which])
    return "\n".join(lines)


def _file(path: str) -> Tuple[str, bytes]:
    with open(path, "rb") as file:
        return os.path.basename(path), file.read(MOST_LINE)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Verify and print; 0 when nothing is wrong, 1 when something is."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n")[0],
        epilog="Exit 0: nothing is wrong; 1: something is; 2: misused.",
    )
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("folder", nargs="?", default=here, help="the bulletin, a folder or a ZIP")
    parser.add_argument("--anchored", action="append", default=[], metavar="FILE", help="heads that you kept")
    parser.add_argument(
        "--receipt", action="append", default=[], metavar="FILE", help="a household's receipt"
    )
    parser.add_argument("--auditor", metavar="FILE", help="openings that only auditors have")
    parser.add_argument("--lang", choices=("zh", "en"), help="the language of the report")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    said = parser.parse_args(arguments)
    which = tongue(said.lang)
    gc.disable()  # nothing here refers to itself; a hundred thousand records are read a third faster
    try:
        anchored = [_file(path) for path in said.anchored]
        receipts = [_file(path) for path in said.receipt]
        auditor = _file(said.auditor)[1] if said.auditor else None
    except OSError as error:
        parser.error(str(error))
    try:
        folder = Folder(said.folder)
    except Exception:  # whatever is wrong with a ZIP, every check will say that nothing is there
        folder = Folder(os.devnull + ".none")
    verifier = Verifier(folder, anchored, receipts, auditor)
    well = verifier.run()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    if said.json:
        print(json.dumps({"ok": well, "checks": lines_of(verifier, which)}, ensure_ascii=False, indent=1))
    else:
        print(report(verifier, which))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
