"""One turn of the ledgers: heads of what has its place are written, signed, and handed to others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from deliberate.config import Config
from deliberate.db import Database, Lock
from deliberate.domain.ledger.head import AnchorWay
from deliberate.domain.ledger.note import BadNote
from deliberate.domain.permissions import ANYBODY
from deliberate.models import Community, LedgerHead, ObserverAddress
from deliberate.queries import communities, heads, observers
from deliberate.services import feed, head_letters, head_mail, ledger_heads
from deliberate.services.observers import record
from deliberate.services.receipts import receipt_key
from deliberate.services.signer_socket import SocketSigner
from deliberate.services.signing import KeySigner, Signer, SignerAway, SignerRefused
from deliberate.web.languages import catalogue

from .post import Post, posting, send_each
from .troubles import Say, Troubles


def in_chinese(message: str) -> str:
    """The text itself."""
    return message


def in_english(message: str) -> str:
    """By the catalogue."""
    return str(catalogue("en").gettext(message))


def signer_of(config: Config) -> Signer | None:
    """Who signs here; None when heads are carried to an offline key. SignerAway when it cannot start."""
    if config.signs_offline:
        return None
    if config.signer:
        return SocketSigner(Path(config.signer))
    return KeySigner(config.instance_dir / "ledger_key", config.instance_dir / "ledger_state")


@dataclass
class Turn:
    """Looks at every community's ledger once. What fails in one holds up no other, and is tried again."""

    store: Database
    config: Config
    say: Say
    troubles: Troubles | None = None
    post: Post | None = None

    def take(self) -> None:
        """All of it."""
        signer = self._signer()
        with self.store.reading() as session:
            every = list(communities.every(session))
        troubles = self.troubles or Troubles(self.say)
        with posting(self.config, self.say, self.post) as post:
            for community in every:
                with troubles.net(f"{community.slug}: heads"):
                    self._write(community)
                    if signer is not None:
                        self._sign(community, signer)
                    self._publish(community)
                with troubles.net(f"{community.slug}: letters to observers"):
                    with self.store.reading() as session:
                        addresses = observers.to_write_to(session, community.id)
                    if addresses:
                        self._owe_letters(community, addresses)
                        self._write_letters(community, addresses, post, troubles)

    def _signer(self) -> Signer | None:
        try:
            return signer_of(self.config)
        except (SignerAway, OSError, ValueError) as error:
            self.say(f"no signer: {error}")
            return None

    def _write(self, community: Community) -> None:
        receipts = (
            receipt_key(self.config.instance_dir, self.config.receipt_key).public_key().public_bytes_raw()
        )
        with self.store.transaction(Lock.community(community.id)) as tx:
            ledger_heads.make_due(
                tx.session, community.id, origin=self.config.origin, receipts=receipts, now=tx.now
            )

    def _sign(self, community: Community, signer: Signer) -> None:
        with self.store.reading() as session:
            waiting = ledger_heads.unsigned(session, community.id)
        try:
            for head in waiting:
                self._sign_one(head, signer)
        except SignerAway as error:
            self.say(f"{community.slug}: {error}")
        except (ledger_heads.NewKey, BadNote) as error:
            self.say(f"{community.slug}: signed by a key that is not accepted: {error}")

    def _sign_one(self, head: LedgerHead, signer: Signer) -> None:
        origin = head.body.partition("\n")[0]
        try:
            with self.store.reading() as session:
                proof = ledger_heads.proof_for(session, head, signer.last(origin))
            made, public = signer.sign(head.body, proof), signer.public()
        except SignerRefused as refused:
            self.say(f"{origin}: {head.size} leaves: {refused}")
            with self.store.transaction() as tx:
                ledger_heads.keep_refusal(tx.session, head.id, refused.fault, now=tx.now)
            return
        with self.store.transaction() as tx:
            ledger_heads.keep_signature(tx.session, head.id, made, public, now=tx.now)

    def _publish(self, community: Community) -> None:
        """Into the folder that others mirror."""
        with self.store.reading() as session:
            texts = feed.files(session, community.id)
            new = self._not_yet(session, community.id, AnchorWay.FEED)
        if not texts["index"]:
            return
        try:
            feed.write(self.config.instance_dir / "feed" / community.slug, texts)
        except OSError as error:
            self.say(f"{community.slug}: the feed is not written: {error}")
            return
        self._record(new, AnchorWay.FEED, "")

    def _owe_letters(self, community: Community, addresses: Sequence[ObserverAddress]) -> None:
        """To every observer, what is worth a letter."""
        with self.store.reading() as session:
            written = head_letters.owed(session, community.id)
            new = [
                head
                for head in self._not_yet(session, community.id, AnchorWay.MAIL)
                if head.id not in written
            ]
            last = heads.last_written(session, community.id)
            due = head_mail.worth_a_letter(new, last, self.store.clock())
        if due:
            with self.store.transaction() as tx:
                ids = [head.id for head in due]
                head_letters.owe(tx.session, community.id, ids, addresses, now=tx.now)

    def _write_letters(
        self, community: Community, addresses: Sequence[ObserverAddress], post: Post, troubles: Troubles
    ) -> None:
        """Each by itself: what one address does with it concerns no other."""
        with self.store.reading() as session:
            due = head_letters.due(session, addresses, now=self.store.clock())
            every = {head_id: heads.one(session, community.id, head_id) for _, head_id, _ in due}
            texts = {head_id: heads.note_text(session, head) for head_id, head in every.items()}
        heads_and_addresses = {letter_id: (every[head_id], to) for letter_id, head_id, to in due}

        def hand_over(letter_id: int) -> bool:
            head, to = heads_and_addresses[letter_id]
            languages = (in_chinese, in_english)
            return post.left(head_mail.letter(head, texts[head.id], community.name, to, languages))

        def keep(letter_id: int, left: bool | None) -> None:
            with self.store.transaction() as tx:
                head_letters.tried(tx.session, letter_id, left=bool(left), now=tx.now)

        what = f"{community.slug}: letter to an observer"
        send_each(heads_and_addresses, what, hand_over, keep, post=post, troubles=troubles)
        if due:
            self._record_letters(community, every)

    def _record_letters(self, community: Community, every: Mapping[int, heads.Head]) -> None:
        """Once all were tried, others hold the head if any had it."""
        with self.store.reading() as session:
            reached = head_letters.reached(session, community.id)
            gone = heads.anchored(session, community.id, AnchorWay.MAIL)
        for head_id in sorted(every.keys() & reached.keys() - gone):
            self._record([every[head_id]], AnchorWay.MAIL, str(reached[head_id]))

    def _not_yet(self, session: Session, community_id: int, way: AnchorWay) -> list[heads.Head]:
        gone = heads.anchored(session, community_id, way)
        return [head for head in heads.listing(session, community_id) if head.id not in gone]

    def _record(self, new: list[heads.Head], way: AnchorWay, detail: str) -> None:
        if not new:
            return
        with self.store.transaction() as tx:
            for head in new:
                record(tx.session, ANYBODY, tx.session.get_one(LedgerHead, head.id), way, detail, now=tx.now)
