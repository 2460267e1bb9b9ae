"""Teaching a text-to-image model a new word from a few pictures: low-rank adaptation (LoRA, Hu et al. 2022)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import checks, images, models
from core.errors import InputError, OutOfMemory
from core.generate import latents, lora_files, prompts
from core.generate.lora_formats import vectors
from core.generate.lora_formats.plain import PlainLora
from core.generate.steps import get_unet
from core.models.catalog.specs import DiffusionSpec
from core.models.memory import offload
from core.results import Result, Stopwatch

if TYPE_CHECKING:
    import torch

TASK = "text_to_image"
MAX_RANK, MAX_STEPS, MAX_PICTURES = 16, 1000, 10
ATTENTION_LAYERS = ("to_q", "to_k", "to_v", "to_out.0")
BATCH_SIZE, LEARNING_RATE, EMPTY_CAPTION_SHARE = 8, 2e-3, 0.1
LOSS_SCALE = 2.0**12  # of the loss in half precision, to begin with
ADAPTER_NAME = "viewer"


@dataclass(frozen=True, kw_only=True)
class LoraProgress:
    """A learning step is done: how many of `total`, and the mean loss of the last ones."""

    index: int
    total: int
    loss: float


@dataclass(frozen=True, kw_only=True)
class Adapter(Result):
    """What was learnt.

    Attributes:
        word: what the model now calls it.
        tensors: as diffusers names them, "unet.<layer>.lora_A.weight" (rank, in) and "...lora_B..." (out, rank).
        losses: mean loss of each tenth of the steps.
    """

    word: str
    tensors: Mapping[str, torch.Tensor]
    losses: tuple[float, ...]

    def save(self, path: Path) -> Path:
        """Writes a `.safetensors` file that diffusers' `load_lora_weights` takes."""
        from safetensors.torch import save_file

        about = {"format": "pt", "word": self.word, "model": self.model}
        save_file({name: tensor.contiguous() for name, tensor in self.tensors.items()}, path, metadata=about)
        return path


def train_lora(
    pictures: Sequence[object],
    word: str,
    *,
    steps: int = 200,
    rank: int = 8,
    size: int | None = None,
    seed: int = 0,
    model: str | None = None,
    on_step: Callable[[LoraProgress], None] | None = None,
) -> Adapter:
    """Teaches the model what `word` looks like; the model itself stays as it was.

    Args:
        pictures: 1 to 10; cut to squares around their middle.
        word: what to call it: a caption such as "a drawing of my robot".
        steps: of 8 noisy pictures each, 10 to 1000.
        rank: of the two matrices beside each attention projection, 1 to 16.
        size: side in pixels at which the pictures are seen, 64 to 1024; None takes the model's own.
        seed: of noise and choice.
        model: a row of the catalogue; None takes the default for this machine.
        on_step: called after every step; what it raises stops the work.

    Raises:
        InputError: no pictures or too many, no word, a value out of range, a model without a U-Net.
        ModelUnavailable: the model is not on this machine.
        OutOfMemory: the machine has too little to teach this model.
    """
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise InputError("text_to_image.teach_count", most=MAX_PICTURES, got=len(pictures))
    row = models.row(TASK, model)
    said = prompts.translate_for_row(checks.plain_text("word", word), row)
    steps, rank = checks.integer("steps", steps, 10, MAX_STEPS), checks.integer("rank", rank, 1, MAX_RANK)
    seed = checks.seed_number(seed)
    side = checks.integer("size", row.spec_as(DiffusionSpec).size if size is None else size, 64, 1024)
    # one after the other: ten photos at once would fill the memory
    seen = [images.crop_to_square(images.to_rgb(picture), side) for picture in pictures]
    with models.borrow(TASK, row.name) as (_, pipeline), offload.unload_after(pipeline):
        watch, unet = Stopwatch(), get_unet(pipeline)
        if offload.offload_plan(pipeline).offload == "sequential":
            raise OutOfMemory(row.title)  # its weights are never there long enough to learn beside
        clean = latents.encode_latents(pipeline.vae, seen)
        words = _encode_captions(pipeline, (said, ""), side)
        with _add_trainable_adapter(unet, rank, seed) as learner:
            losses = learner(clean, words, pipeline.scheduler, steps, on_step)
            tensors = _export_tensors(unet)
        left_out = prompts.find_left_out(row, word)
        return Adapter(
            word=said, tensors=tensors, losses=losses, left_out=left_out, model=row.name, seconds=watch.seconds
        )


@contextmanager
def use_lora(pipeline: Any, adapter: object, weight: float) -> Iterator[PlainLora]:
    """The pipeline with the adapter: an `Adapter`, a `.safetensors` file, or None. What it does is yielded.

    Raises:
        InputError: it is no such file, or was made for a model of another shape.
    """
    if adapter is None or weight == 0:
        yield PlainLora(matrices={})
        return
    read = _read_adapter(adapter)
    parts, added = lora_files.match_layers(pipeline, read)
    kept: dict[str, dict[str, torch.Tensor]] = {}
    try:
        with offload.suspend_offload(pipeline):
            for part, some in added.items():
                kept[part] = vectors.add_vectors(getattr(pipeline, part), some, weight)
            for part, tensors in parts.items():
                _inject_adapter(getattr(pipeline, part), tensors, weight)
        yield read
    finally:
        with offload.suspend_offload(pipeline):
            pipeline.unload_lora_weights()
            for part, old in kept.items():
                vectors.put_back(getattr(pipeline, part), old)


def _read_adapter(adapter: object) -> PlainLora:
    if isinstance(adapter, Adapter):
        return PlainLora(matrices=adapter.tensors)
    return lora_files.read_lora_file(Path(str(adapter)))


def _inject_adapter(net: Any, tensors: dict[str, torch.Tensor], weight: float) -> None:
    """The adapter beside the layers of one network, which then act as W + weight B A.

    By peft alone: diffusers mixes up the alphas of layers that differ, and gives text encoders to a loader of
    transformers that wants a newer peft.
    """
    from peft import LoraConfig, inject_adapter_in_model, set_peft_model_state_dict

    half = ".lora_A.weight"
    ranks = {name.removesuffix(half): len(tensor) for name, tensor in tensors.items() if name.endswith(half)}
    usual = max(ranks.values())
    others = {f"^{re.escape(layer)}": rank for layer, rank in ranks.items() if rank != usual}
    config = LoraConfig(
        r=usual, lora_alpha=usual, rank_pattern=others, alpha_pattern=others, target_modules=sorted(ranks)
    )
    frozen = [(parameter, parameter.requires_grad) for parameter in net.parameters()]
    inject_adapter_in_model(config, net, adapter_name=ADAPTER_NAME, state_dict=tensors)
    set_peft_model_state_dict(net, tensors, adapter_name=ADAPTER_NAME)
    for parameter, was in frozen:
        parameter.requires_grad_(was)
    for layer in ranks:
        net.get_submodule(layer).set_scale(ADAPTER_NAME, weight)


@dataclass(frozen=True)
class _PromptStates:
    """What a U-Net is told of a few texts.

    Attributes:
        states: of their tokens, (n, tokens, width).
        more: by name, (n, ...): SDXL's U-Net is also told a summary of the text and the picture's size.
    """

    states: torch.Tensor
    more: Mapping[str, torch.Tensor]

    def to_unet_inputs(self, chosen: torch.Tensor, precision: torch.dtype) -> dict[str, Any]:
        """The texts of these numbers, as the U-Net's arguments."""
        found: dict[str, Any] = {"encoder_hidden_states": self.states[chosen].to(precision)}
        more = {name: values[chosen].to(precision) for name, values in self.more.items()}
        return found | ({"added_cond_kwargs": more} if more else {})


def _encode_captions(pipeline: Any, texts: tuple[str, ...], side: int) -> _PromptStates:
    """The texts as the pipeline's U-Net is told them beside square pictures of `side` pixels."""
    import torch

    place = offload.compute_device(pipeline.text_encoder)
    asked = {"device": place, "num_images_per_prompt": 1, "do_classifier_free_guidance": False}
    with torch.no_grad():
        found = [pipeline.encode_prompt(prompt=text, **asked) for text in texts]
    states = torch.cat([each[0] for each in found]).float()
    if len(found[0]) == 2:
        return _PromptStates(states, {})
    summaries = torch.cat([each[2] for each in found]).float()
    # height and width, the corner that it was cut from, height and width that are wanted
    sizes = torch.tensor([[side, side, 0, 0, side, side]], device=states.device).expand(len(texts), -1)
    return _PromptStates(states, {"text_embeds": summaries, "time_ids": sizes})


class _LoraTrainer:
    """Takes learning steps on the adapter that was put into a U-Net."""

    def __init__(self, unet: Any, seed: int) -> None:
        import torch

        self.unet = unet
        self.parameters = [p for p in unet.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=LEARNING_RATE, weight_decay=0.01)
        self.dice = torch.Generator().manual_seed(seed)
        # in half precision the gradient of a mean over many numbers would be rounded to nothing
        half, place = unet.dtype == torch.float16, offload.compute_device(unet).type
        self.scaler = torch.amp.GradScaler(place, init_scale=LOSS_SCALE, enabled=half)

    def __call__(
        self,
        clean: torch.Tensor,
        words: _PromptStates,
        scheduler: Any,
        steps: int,
        on_step: Callable[[LoraProgress], None] | None,
    ) -> tuple[float, ...]:
        losses: list[float] = []
        for index in range(1, steps + 1):
            losses.append(self._train_step(clean, words, scheduler))
            if on_step is not None:
                on_step(LoraProgress(index=index, total=steps, loss=float(np.mean(losses[-10:]))))
        tenths = np.array_split(np.array(losses), 10)
        return tuple(round(float(part.mean()), 4) for part in tenths)

    def _train_step(self, clean: torch.Tensor, words: _PromptStates, scheduler: Any) -> float:
        import torch

        n = BATCH_SIZE
        chosen = torch.randint(len(clean), (n,), generator=self.dice)
        said = (torch.rand(n, generator=self.dice) < EMPTY_CAPTION_SHARE).long()  # 0 is the word, 1 is nothing
        at = torch.randint(scheduler.config.num_train_timesteps, (n,), generator=self.dice)
        noise = torch.randn(clean[chosen].shape, generator=self.dice).to(clean)
        alphas = scheduler.alphas_cumprod[at].to(clean)[:, None, None, None]
        noisy = alphas.sqrt() * clean[chosen] + (1 - alphas).sqrt() * noise
        velocity = alphas.sqrt() * noise - (1 - alphas).sqrt() * clean[chosen]
        target = velocity if scheduler.config.prediction_type == "v_prediction" else noise
        given = words.to_unet_inputs(said, self.unet.dtype)
        found = self.unet(noisy.to(self.unet.dtype), at.to(clean.device), **given, return_dict=False)[0]
        loss = (found.float() - target).square().mean()
        self.optimizer.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return float(loss.detach())


@contextmanager
def _add_trainable_adapter(unet: Any, rank: int, seed: int) -> Iterator[_LoraTrainer]:
    """The U-Net with a fresh adapter that alone can learn; afterwards the U-Net is as it was."""
    import torch
    from peft import LoraConfig

    frozen = [(p, p.requires_grad) for p in unet.parameters()]
    unet.requires_grad_(False)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        unet.add_adapter(
            LoraConfig(r=rank, lora_alpha=rank, target_modules=list(ATTENTION_LAYERS)), adapter_name=ADAPTER_NAME
        )
    for parameter in unet.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()  # Adam's 1e-8 is 0 in half precision, and 0 / 0 no number
    try:
        yield _LoraTrainer(unet, seed)
    finally:
        unet.unload_lora()
        for parameter, was in frozen:
            parameter.requires_grad_(was)


def _export_tensors(unet: Any) -> dict[str, torch.Tensor]:
    """The adapter's tensors, float16, as diffusers names them in a file."""
    learnt = ((name, p) for name, p in unet.named_parameters() if p.requires_grad)
    return {f"unet.{name.replace(f'.{ADAPTER_NAME}.', '.')}": p.detach().half().cpu() for name, p in learnt}
