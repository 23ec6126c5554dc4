"""On a CPU: a projection and its adapter computed together, and attention as plain products.

Unsloth has kernels of its own for a card; on a CPU it leaves both to the general code of PEFT and
torch, which spends half of a small model's step on copies between precisions and on small sums.
The same sums and gradients, in fewer passes over memory. Nothing here touches a model on a card,
in 4 bit or with dropout. Imported inside the worker only.
"""

from types import MethodType
from typing import Any

import torch
from peft.tuners.lora import Linear

SHORT = 256
"""Rows of up to so many tokens are quicker without torch's blockwise attention, whose way back is
slow on a CPU; longer ones would keep too large a table of weights."""


class Together(torch.autograd.Function):
    """x W' + bias + scale (x A') B' for x (..., in), W (out, in), A (rank, in), B (out, rank).

    Computed in ``kind`` and returned in ``result``; W and bias get no gradient.
    """

    @staticmethod
    def forward(ctx: Any, *given: Any) -> torch.Tensor:
        x, weight, bias, a, b, scale, kind, result = given
        flat = x.reshape(-1, x.shape[-1])
        rows, weight, down, up = (tensor.to(kind) for tensor in (flat, weight, a, b))
        low = rows @ down.t()
        made = rows @ weight.t() if bias is None else torch.addmm(bias.to(kind), rows, weight.t())
        made.addmm_(low, up.t(), alpha=scale)
        ctx.save_for_backward(rows, low, weight, down, up)
        ctx.scale, ctx.shape, ctx.kinds = scale, x.shape, (x.dtype, a.dtype, b.dtype)
        return made.view(*x.shape[:-1], -1).to(result)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        rows, low, weight, down, up = ctx.saved_tensors
        gradient = gradients[0].reshape(-1, weight.shape[0]).to(rows.dtype)
        back = (gradient @ up).mul_(ctx.scale)
        of_x, of_a, of_b = ctx.kinds
        to_x = None
        if ctx.needs_input_grad[0]:
            to_x = (gradient @ weight).addmm_(back, down).view(ctx.shape).to(of_x)
        to_a = (back.t() @ rows).to(of_a)
        to_b = (gradient.t() @ low).to(of_b).mul_(ctx.scale)
        return to_x, None, None, to_a, to_b, None, None, None


def _forward(module: Any, x: torch.Tensor, *_: Any, **__: Any) -> Any:
    base = module.base_layer
    (name,) = module.active_adapters
    on = torch.is_autocast_enabled("cpu")
    result = torch.get_autocast_dtype("cpu") if on else x.dtype
    kind = result if on else base.weight.dtype
    a, b = module.lora_A[name].weight, module.lora_B[name].weight
    with torch.autocast("cpu", enabled=False):
        return Together.apply(x, base.weight, base.bias, a, b, module.scaling[name], kind, result)


def fuse(model: Any) -> int:
    """Let each projection that carries an adapter compute both together; returns how many do.

    0 where that is not the same: on a card, in 4 bit, with dropout.
    """
    fitting = [module for module in model.modules() if type(module) is Linear and _plain(module)]
    for module in fitting:
        module.forward = MethodType(_forward, module)
    return len(fitting)


def _plain(module: Any) -> bool:
    """Whether a projection of PEFT's is on the CPU, in no fewer bits, and without dropout."""
    (base, names) = (module.base_layer, module.active_adapters)
    return (
        len(names) == 1
        and type(base) is torch.nn.Linear
        and base.weight.device.type == "cpu"
        and isinstance(module.lora_dropout[names[0]], torch.nn.Identity)
    )


def halve(model: Any) -> None:
    """Keep the frozen weights of fused projections in bfloat16, where products are taken in it.

    Each step would make the same copies of them again.
    """
    module: Any
    for module in model.modules():
        if getattr(module.forward, "__func__", None) is _forward:
            weight: Any = module.base_layer.weight
            weight.data = weight.data.to(torch.bfloat16)


def attend(model: Any, longest: int) -> str:
    """Choose how a model on a CPU attends in rows of up to ``longest`` tokens; returns its name."""
    if longest <= SHORT and next(model.parameters()).device.type == "cpu":
        bare = model.get_base_model() if hasattr(model, "get_base_model") else model
        bare.set_attn_implementation("eager")
    return str(model.config._attn_implementation)
