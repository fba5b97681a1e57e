"""How often sign-ins may begin, and fail, from one browser and from one address.

A sign-in asks a provider, and one that fails is recorded: whoever could begin them without end
could fill the log, the store and the provider's patience. The counts are this process's own, in
memory that does not grow without end; nothing of an address is stored.

Rule: Cyber Essentials (throttle guessing); OWASP ASVS 5, 6.3.1. Threat T-24.
"""

import hashlib
import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network

from server.identity.failing import TooOften
from server.kernel.bucket import Bucket
from server.kernel.settings import settings

WINDOW_S = 300.0
"""The settings say how many in five minutes; a bucket lets that many at once, then one by one."""

MOST_KEPT = 20_000
"""How many browsers, and how many addresses, are remembered: about 5 MB each."""

IPV6_HOME_BITS = 64


class Limit:
    """How often one thing may be done by each of many. Who came longest ago is forgotten first."""

    def __init__(self) -> None:
        """Begin with nobody known."""
        self._kept: OrderedDict[bytes, Bucket] = OrderedDict()
        self._turned_away: set[bytes] = set()

    def take(self, whose: str, most: int) -> None:
        """Count one more for somebody.

        Raises:
            TooOften: that is more than `most` in five minutes; it says whether it is news.
        """
        key = _key(whose)
        now = time.monotonic()
        bucket = self._kept.get(key) or Bucket(most / WINDOW_S, most, now)
        self._keep(key, bucket)
        if bucket.take(1, now):
            self._turned_away.discard(key)
            return
        is_news = key not in self._turned_away
        self._turned_away.add(key)
        raise TooOften(is_news=is_news)

    def give_back(self, whose: str) -> None:
        """Count one less for somebody: what she did was right."""
        bucket = self._kept.get(_key(whose))
        if bucket is not None:
            bucket.give_back(1)

    def _keep(self, key: bytes, bucket: Bucket) -> None:
        self._kept[key] = bucket
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            oldest, _ = self._kept.popitem(last=False)
            self._turned_away.discard(oldest)

    def forget(self) -> None:
        """Forget everybody."""
        self._kept.clear()
        self._turned_away.clear()


_begun_at_address, _begun_in_browser, _failed_at_address = Limit(), Limit(), Limit()
_family_at_address = Limit()


def count_begun(address: str, browser_token: str | None) -> None:
    """Count a sign-in that begins.

    Raises:
        TooOften: too many began from this address, or in this browser.
    """
    # The browser first: one that goes round and round uses up nothing of its colleagues' share.
    if browser_token is not None:
        _begun_in_browser.take(browser_token, settings().sign_ins_per_browser)
    _begun_at_address.take(network_of(address), settings().sign_ins_per_address)


def count_failed(address: str) -> None:
    """Count a sign-in that came to nothing, before that is recorded.

    Raises:
        TooOften: too many failed from this address.
    """
    _failed_at_address.take(network_of(address), settings().sign_ins_per_address)


def count_family_try(address: str) -> None:
    """Count a code or PIN that somebody of a family types, before it is looked at.

    Raises:
        TooOften: too many wrong ones came from this address.
    """
    _family_at_address.take(network_of(address), settings().family_tries_per_address)


def forgive_family_try(address: str) -> None:
    """Take the count back: it was right."""
    _family_at_address.give_back(network_of(address))


def network_of(address: str) -> str:
    """Return what is counted together: an IPv4 address; of IPv6 the net that one home is given."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ip_network((int(known), IPV6_HOME_BITS), strict=False))


def forget() -> None:
    """Forget every count, as when the server starts."""
    for limit in (_begun_at_address, _begun_in_browser, _failed_at_address, _family_at_address):
        limit.forget()


def _key(whose: str) -> bytes:
    # The hash: a key of one size, and no address stands in memory.
    return hashlib.sha256(whose.encode()).digest()
