"""Persons and faces found by detectors of their own, and backgrounds removed: how many, how right, how fast.

Persons: the boxes of Penn-Fudan against those of `people.find_people`, IoU at least .5; the settings were chosen on the
even pictures, the odd ones are the figure. For comparison, what stands out (U2-Net-p), each part a box. Their masks,
from the box that was found: by the pocket SAM and by U2-Net-p, on every fifth picture, which is new to both. Faces: a
box is right when it lies where the head of a person of Penn-Fudan is, whose faces nobody has drawn (many are seen from
behind); pictures of ants and bees have none. Background removal: IoU with all persons of a picture together.

    python -m benchmarks.people [--data ../shared/data]
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

import cv2
import numpy as np

from core import faces, images, masks, people, segment
from core.segment.people_cut import cut_person
from core.squares import overlap_ratios
from training import regions


def drawn_boxes(layer):
    """The box of each person, float32 (n, 4)."""
    return np.array([masks.bounding_box(layer == name) for name in np.unique(layer)[1:]], np.float32)


def match_boxes(found, truth):
    """For each box found, best first, the number of the person that it is of, or -1; each person once."""
    free = np.ones(len(truth), bool)
    places = []
    for box in found:
        ious = np.where(free, overlap_ratios(box, truth)[0], 0)
        best = int(ious.argmax())
        places.append(best if ious[best] >= 0.5 else -1)
        free[best] &= ious[best] < 0.5
    return places


def report_boxes(name, found, scenes) -> None:
    """Recall and precision on the even and on the odd pictures."""
    shown = []
    for part in (slice(0, None, 2), slice(1, None, 2)):
        truths = [drawn_boxes(scene.layers[0]) for scene in scenes[part]]
        places = [match_boxes(boxes, truth) for boxes, truth in zip(found[part], truths, strict=True)]
        right = sum(place >= 0 for each in places for place in each)
        shown += [right / sum(map(len, truths)), right / max(1, sum(map(len, places)))]
    print(f"{name:28}{shown[0]:9.3f}{shown[1]:11.3f}{shown[2]:9.3f}{shown[3]:11.3f}", flush=True)


def part_boxes(mask):
    """The box of each part of a mask that covers half a percent of the picture, largest first, float32 (n, 4)."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    kept = sorted((row for row in stats[1:] if row[4] > 0.005 * mask.size), key=lambda row: -row[4])
    return np.array([(x, y, x + w, y + h) for x, y, w, h, _ in kept], np.float32).reshape(-1, 4)


def measure_masks(scenes):
    """IoU of the pocket SAM's and of U2-Net-p's mask of each person who was found on pictures held out."""
    by: dict[str, list[float]] = {"pocket-sam": [], "u2netp": []}
    for scene in scenes:
        truth, names = drawn_boxes(scene.layers[0]), np.unique(scene.layers[0])[1:]
        found = people.find_people(scene.picture).boxes
        for box, place in zip(found, match_boxes(found, truth), strict=True):
            if place >= 0:
                drawn = scene.layers[0] == names[place]
                by["pocket-sam"].append(masks.iou(segment.from_prompts(scene.picture, box=box).masks[0], drawn))
                cut = cut_person(scene.picture, tuple(box), "u2netp")
                by["u2netp"].append(0.0 if cut is None else masks.iou(cut, drawn))
    return by


def is_at_a_head(box, persons) -> bool:
    """Whether a box is where the head of one of the persons (n, 4) is, and as large."""
    x, y, high = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[3] - box[1]
    x1, y1, x2, y2 = persons.T
    tall = y2 - y1
    across, down = (x1 <= x) & (x <= x2), (y1 - 0.02 * tall <= y) & (y <= y1 + 0.2 * tall)
    return bool((across & down & (0.04 * tall < high) & (high < 0.25 * tall)).any())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    options = parser.parse_args()
    held_out = regions.people(options.data, held_out=True)
    scenes = held_out + regions.people(options.data, held_out=False)
    # in the order of their names again
    places = [n for n in range(len(scenes)) if n % 5 == 0] + [n for n in range(len(scenes)) if n % 5]
    scenes = [scenes[number] for number in np.argsort(places)]
    mattes = [segment.remove_background(scene.picture) for scene in scenes]
    seen = [people.find_people(scene.picture) for scene in scenes]
    print(f"{len(scenes)} pictures of Penn-Fudan, {sum(len(drawn_boxes(s.layers[0])) for s in scenes)} persons")
    print(f"{'boxes, IoU >= .5':28}{'even: R':>9}{'P':>11}{'odd: R':>9}{'P':>11}")
    report_boxes("find_people", [each.boxes for each in seen], scenes)
    report_boxes("parts of what stands out", [part_boxes(each.mask) for each in mattes], scenes)
    print(f"find_people: median {statistics.median(each.seconds for each in seen):.2f} s")

    together = [masks.iou(each.mask, scene.layers[0] > 0) for each, scene in zip(mattes, scenes, strict=True)]
    print(f"remove_background: IoU of the persons {np.mean(together):.3f}, median {np.median(together):.3f}")
    print(f"remove_background: the network's median {statistics.median(each.seconds for each in mattes):.2f} s")
    for name, ious in measure_masks(held_out).items():
        print(f"masks in {len(ious)} boxes, {name}: mean IoU {np.mean(ious):.3f}, median {np.median(ious):.3f}")

    looked = [(faces.find_faces(s.picture), drawn_boxes(s.layers[0])) for s in scenes]
    right = [is_at_a_head(box, persons) for found, persons in looked for box in found.boxes]
    print(f"find_faces: {sum(right)} of {len(right)} boxes at a head")
    insects = sorted((options.data / "hymenoptera" / "val").glob("*/*"))[::3]
    wrong = [len(faces.find_faces(images.to_rgb(path)).boxes) for path in insects]
    print(f"find_faces: {sum(wrong)} boxes in {len(insects)} pictures of insects")
    print(f"find_faces: median {statistics.median(found.seconds for found, _ in looked):.2f} s")


if __name__ == "__main__":
    main()
