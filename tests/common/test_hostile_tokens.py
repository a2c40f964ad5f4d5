"""A hundred thousand hostile tokens: none counts, none breaks anything, and each is told why."""

import random
import sys
from collections import Counter

from tests.common.hostile import KINDS, OURS, RING, genuine_tokens, hostile
from tests.common.tokens import NOW

from common.base45 import encode_base45
from common.card_token import CARD_REFUSAL_CODES, CardRefused, verify

SEED = 620_704
TOKENS = 98_000


def test_none_of_98_000_hostile_tokens_counts_and_each_is_told_its_reason():
    told: dict[str, Counter[str]] = {one.name: Counter() for one in KINDS}
    for one, text in hostile(SEED, TOKENS):
        try:
            verify(text, RING, NOW)
            word = "ACCEPTED"
        except CardRefused as refusal:
            word = refusal.code
        told[one.name][word] += 1
    for name, words in told.items():
        counts = ", ".join(f"{word} {count}" for word, count in words.most_common())
        sys.stdout.write(f"{name:55} {counts}\n")
    wrong = {one.name: told[one.name] for one in KINDS if not set(told[one.name]) <= one.words}
    assert not wrong
    assert sum(sum(words.values()) for words in told.values()) == TOKENS
    # Every word of refusal is heard at least once: none is out of reach.
    assert {word for words in told.values() for word in words} == set(CARD_REFUSAL_CODES)


def test_the_genuine_tokens_from_which_they_are_made_count():
    rng = random.Random(SEED)
    for data in genuine_tokens(rng, 300):
        assert verify(encode_base45(data), RING, NOW).kid == OURS.key.kid
