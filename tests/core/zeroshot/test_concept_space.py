from __future__ import annotations

import numpy as np

from core import models
from core.zeroshot.concept_space import ConceptSpace, load_concepts, look_alike_matrix, membership_matrix


def test_concepts_hold_their_descendants_classes() -> None:
    tree = load_concepts()
    place = {concept.lemmas[0]: i for i, concept in enumerate(tree)}
    wnids = ["n02110185", "n02123045", "n02504458"]  # husky, tabby, African elephant
    belongs = membership_matrix(tree, wnids)
    assert belongs[place["dog"]].tolist() == [1, 0, 0]
    assert belongs[place["carnivore"]].tolist() == [1, 1, 0]
    assert belongs[place["animal"]].tolist() == [1, 1, 1]
    assert all(parent < i for i, concept in enumerate(tree) for parent in concept.parents)


def test_look_alikes_share_probability() -> None:
    weights = np.array([[1, 0], [0.9, 0.1], [-1, 0.2]], np.float32)
    shares = look_alike_matrix(weights)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    assert shares[0, 0] > shares[0, 1] > shares[0, 2] >= 0


def test_the_shipped_vectors_are_those_of_the_shipped_texts() -> None:
    tree = load_concepts()
    some = range(0, len(tree), 150)
    with models.borrow("zeroshot", "concept-space") as (_, remembered):
        space = remembered.encoder
        assert isinstance(space, ConceptSpace)
        fresh = space._sentences.encode([tree[i].description for i in some])
        np.testing.assert_allclose(space._descriptions[list(some)], fresh, atol=2e-3)
        lemmas = space._sentences.encode([tree[i].lemmas[0] for i in some])
        np.testing.assert_allclose(space._lemmas[space._lemma_starts[list(some)]], lemmas, atol=2e-3)
