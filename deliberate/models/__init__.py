"""Tables by noun: columns, constraints, relationships; nothing else.

Importing the package registers every table on `Base.metadata`.
"""

from .account import Account, RoleGrant, Throttle
from .base import Base
from .community import Community, SettingsVersion
from .consent import (
    BuildingCount,
    Consent,
    ConsentPaper,
    DayCount,
    EntryStanding,
    Evidence,
    OwnCheck,
    Supersession,
)
from .contact import Contact, Outgoing
from .council import Attendance, CouncilMember, Meeting, MeetingMatter
from .count import CountSheet, CountSignature, Objection, OutcomeRecord, TallySnapshot
from .device import (
    ChangeCounter,
    Device,
    DeviceEnrolment,
    DoorChange,
    QuietTime,
    ServerEpoch,
)
from .discussion import Comment, DiscussionRound
from .execution import Completion, Evaluation, Execution, Task, TaskReport
from .household import (
    Building,
    Estate,
    Grid,
    Household,
    HouseholdChange,
    Letter,
    LetterJob,
    LetterPart,
    Membership,
    Owner,
    RollImport,
)
from .journal import InboxMessage, JournalEntry, Notice, NoticePosting
from .ledger import (
    Anchor,
    HeadSignature,
    LedgerBatch,
    LedgerHead,
    LedgerLeaf,
    LedgerNode,
    LedgerOpening,
    LedgerPlace,
    WaitingHead,
    WaitingLeaf,
)
from .news import NewsMail, NewsWish
from .observer import HeadLetter, LedgerKey, ObserverAddress, ObserverKey
from .plan import PlanRecording, PlanVersion
from .plan_translation import PlanTranslation
from .proposal import Picture, Proposal, ProposalVersion, Second, StageChange
from .round import (
    ConsentRound,
    Crew,
    Duty,
    EveningCount,
    FormIssue,
    FormReturn,
    RollCertificate,
    RollEntry,
    RollLeftOut,
    RoundExtension,
)
from .spot_check import (
    FormCheck,
    FullRecheck,
    SpotAssignment,
    SpotCheck,
    SpotDraw,
    SpotSample,
    SpotVerdict,
    SpotVisit,
)
from .stack import StackPicture
from .suspicion import CrewSuspension, SuspendedConsent, SuspensionCheck
from .tablet import DeclaredEvidence, EvidenceUpload, TabletDecision, TabletRecord
from .visit import Visit, VisitRequest
from .worker import WorkerTurn

__all__ = [
    "Account",
    "Anchor",
    "Attendance",
    "Base",
    "Building",
    "BuildingCount",
    "ChangeCounter",
    "Comment",
    "Community",
    "Completion",
    "Consent",
    "ConsentPaper",
    "ConsentRound",
    "Contact",
    "CouncilMember",
    "CountSheet",
    "CountSignature",
    "Crew",
    "CrewSuspension",
    "DayCount",
    "DeclaredEvidence",
    "Device",
    "DeviceEnrolment",
    "DiscussionRound",
    "DoorChange",
    "Duty",
    "EntryStanding",
    "Estate",
    "Evaluation",
    "EveningCount",
    "Evidence",
    "EvidenceUpload",
    "Execution",
    "FormCheck",
    "FormIssue",
    "FormReturn",
    "FullRecheck",
    "Grid",
    "HeadLetter",
    "HeadSignature",
    "Household",
    "HouseholdChange",
    "InboxMessage",
    "JournalEntry",
    "LedgerBatch",
    "LedgerHead",
    "LedgerKey",
    "LedgerLeaf",
    "LedgerNode",
    "LedgerOpening",
    "LedgerPlace",
    "Letter",
    "LetterJob",
    "LetterPart",
    "Meeting",
    "MeetingMatter",
    "Membership",
    "NewsMail",
    "NewsWish",
    "Notice",
    "NoticePosting",
    "Objection",
    "ObserverAddress",
    "ObserverKey",
    "OutcomeRecord",
    "Outgoing",
    "OwnCheck",
    "Owner",
    "Picture",
    "PlanRecording",
    "PlanTranslation",
    "PlanVersion",
    "Proposal",
    "ProposalVersion",
    "QuietTime",
    "RoleGrant",
    "RollCertificate",
    "RollEntry",
    "RollImport",
    "RollLeftOut",
    "RoundExtension",
    "Second",
    "ServerEpoch",
    "SettingsVersion",
    "SpotAssignment",
    "SpotCheck",
    "SpotDraw",
    "SpotSample",
    "SpotVerdict",
    "SpotVisit",
    "StackPicture",
    "StageChange",
    "Supersession",
    "SuspendedConsent",
    "SuspensionCheck",
    "TabletDecision",
    "TabletRecord",
    "TallySnapshot",
    "Task",
    "TaskReport",
    "Throttle",
    "Visit",
    "VisitRequest",
    "WaitingHead",
    "WaitingLeaf",
    "WorkerTurn",
]
