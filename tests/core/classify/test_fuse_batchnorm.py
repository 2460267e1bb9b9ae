"""A folded network is the same function."""

from __future__ import annotations

import torch
from torch import nn

from core.classify.fuse_batchnorm import fuse_batch_norms


def test_logits_stay_and_only_work_is_saved() -> None:
    import timm

    for name in ("tf_efficientnet_lite0", "resnet18"):
        torch.manual_seed(0)
        net = timm.create_model(name, pretrained=False).train()
        pictures = torch.randn(4, 3, 64, 64)
        with torch.no_grad():
            for _ in range(3):
                net(pictures)  # running averages that are not the identity
            wanted = net.eval()(pictures)
            norms = sum(isinstance(module, nn.BatchNorm2d) for module in net.modules())
            got = fuse_batch_norms(net)(pictures)
        assert norms > 15
        assert not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
        torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-4 * float(wanted.abs().max()))


def test_a_norm_that_follows_no_convolution_stays() -> None:
    net = nn.Sequential(nn.ReLU(), nn.BatchNorm2d(3)).eval()
    assert isinstance(fuse_batch_norms(net)[1], nn.BatchNorm2d)
